// The bench command's arguments, and its help.
import { parseArgs } from 'node:util'
import { type CoreChoice, coreChoices } from './cores.js'
import {
  everything,
  isSuiteName,
  loadSuite,
  type SuiteName,
  suiteNames,
  wholeRun,
} from './suites/index.js'
import { taskNames } from './task-name.js'
import { UsageError } from './usage-error.js'

export interface Arguments {
  readonly help: boolean
  readonly suites: readonly SuiteName[]
  readonly only: readonly string[] | undefined
  readonly task: readonly string[] | undefined
  readonly rounds: number | undefined
  readonly seconds: number | undefined
  readonly quick: boolean
  readonly json: boolean
  readonly html: string | undefined
  readonly cores: CoreChoice
  readonly syscalls: boolean
  readonly profile: string | undefined
}

export async function help(): Promise<string> {
  const suites = await Promise.all(suiteNames.map(loadSuite))
  const width = Math.max(...suiteNames.map((name) => name.length))
  return `Usage: npm run bench -- [SUITE…] [options]

Runs each subject as two processes on the same work, interleaved and repeated, and prints medians,
quartiles and ratios to the raw socket. Only ratios within one run say something. Without a suite:
${wholeRun.join(', ')}; about nine minutes.

Suites (\`all\` for all of them but core):
${suites.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

  --only NAME,NAME   these subjects and the floor
  --task NAME,NAME   these tasks: ${taskNames.join(', ')}
  --rounds N         how often each subject gets its turn
  --quick            a few rounds of short slices: to see that it runs
  --json             the figures for a program, on stdout
  --html FILE        one page with charts, of all suites that ran; needs nothing else to be shown
  --syscalls         system calls per 1,000 calls instead of times, by strace (Linux)
  --cores CHOICE     free (default): as the system likes; apart: a core for each process; together:
                     one core for both, the steadiest figures. Bars are judged for free alone
  --profile DIR      CPU profiles of both processes and their hottest functions; without the floor
                     unless --only names it
  --seconds N        how long player-driver loads each generation
  --help

Exits 1 when a bar is missed or a subject failed, 2 when the arguments are wrong.

Examples:
  npm run bench -- --html bench.html
  npm run bench -- core
  npm run bench -- peers --only tieline-native,grpc --task hundred --rounds 3
  npm run bench -- core --only tieline-native --task hundred --profile /tmp/profile
  npm run bench -- peers --syscalls --only tieline-native,vscode-jsonrpc
`
}

export function readArguments(): Arguments {
  const { values, positionals } = parsed()
  const { cores, only, task, rounds, seconds } = values
  if (!coreChoices.some((choice) => choice === cores))
    throw new UsageError(`--cores must be one of ${coreChoices.join(', ')}, not ${cores}`)
  return {
    ...values,
    html: values.html,
    profile: values.profile,
    cores: cores as CoreChoice,
    suites: suitesOf(positionals, values.syscalls),
    only: only?.split(','),
    task: task?.split(','),
    rounds: wholeNumber('--rounds', rounds),
    seconds: wholeNumber('--seconds', seconds),
  }
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        task: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        html: { type: 'string' },
        syscalls: { type: 'boolean', default: false },
        cores: { type: 'string', default: 'free' },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function suitesOf(names: readonly string[], syscalls: boolean): readonly SuiteName[] {
  if (names.length === 0) return syscalls ? ['peers'] : wholeRun
  const chosen = names.flatMap((name) => {
    if (name === 'all') return everything
    if (isSuiteName(name)) return [name]
    throw new UsageError(`no suite is named ${name}; there are ${suiteNames.join(', ')} and all`)
  })
  return [...new Set(chosen)]
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new UsageError(`${option} must be a whole number from 1, not ${text}`)
}
