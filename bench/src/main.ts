// The bench command: `npm run bench -- core`. Reads the arguments, runs the suite, prints the report.
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type CoreChoice, coreChoices, takeCores } from './cores.js'
import { killAll } from './pair.js'
import { summarise } from './profile.js'
import { coloured, plain, report } from './report.js'
import { run } from './run.js'
import { isSubjectName } from './subjects/index.js'
import type { Suite, TaskName } from './suite.js'
import { core } from './suites/core.js'
import { tasks } from './work.js'

const suites: readonly Suite[] = [core]

const help = `Usage: npm run bench -- SUITE [options]

Runs each subject as two processes on the same work, interleaved and repeated, and prints medians,
quartiles and ratios to the raw socket. Only ratios within one run say something.

Suites: ${suites.map((suite) => suite.name).join(', ')}, file-channel, supervisor
and player-driver (take --quick and --json, player-driver --seconds N, too)

  --only NAME,NAME   these subjects and the floor
  --task NAME,NAME   these tasks: ${Object.keys(tasks).join(', ')}
  --rounds N         how often each subject gets its turn (default 11)
  --quick            three rounds of short slices: to see that it runs
  --json             the figures for a program, on stdout
  --cores CHOICE     free (default): as the system likes; apart: a core for each process; together:
                     one core for both, the steadiest figures. The bars are judged for free alone
  --profile DIR      CPU profiles of both processes and their hottest functions; without the floor
                     unless --only names it
  --help

Examples:
  npm run bench -- core
  npm run bench -- core --only tieline-native --task hundred
  npm run bench -- core --only tieline-native --task hundred --profile /tmp/profile
`

class UsageError extends Error {}

function readArguments() {
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
        cores: { type: 'string', default: 'free' },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function chosen(
  suite: Suite,
  only: string | undefined,
  task: string | undefined,
  profile: boolean,
) {
  let subjects = suite.subjects
  if (only !== undefined) {
    const names = list(only, 'subject', suite.subjects, isSubjectName)
    subjects = profile || names.includes(suite.floor) ? names : [suite.floor, ...names]
  }
  const isTask = (name: string): name is TaskName => Object.hasOwn(tasks, name)
  return {
    ...suite,
    subjects,
    tasks: task === undefined ? suite.tasks : list(task, 'task', suite.tasks, isTask),
  }
}

function list<T extends string>(
  text: string,
  what: string,
  known: readonly string[],
  is: (name: string) => name is T,
): T[] {
  return text.split(',').map((name) => {
    if (is(name)) return name
    throw new UsageError(`no ${what} is named ${name}; there are ${known.join(', ')}`)
  })
}

function roundsOf(text: string | undefined, quick: boolean): number {
  if (text === undefined) return quick ? 3 : 11
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds must be a whole number from 1, not ${text}`)
  return rounds
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds > 0) return seconds
  throw new UsageError(`--seconds must be a whole number from 1, not ${text}`)
}

function isCoreChoice(text: string): text is CoreChoice {
  return coreChoices.some((choice) => choice === text)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  if (values.help) {
    process.stdout.write(help)
    return
  }
  if (positionals[0] === 'file-channel' && positionals.length === 1) {
    const { fileChannel } = await import('./suites/file-channel.js')
    const print = (text: string) => process.stdout.write(text)
    const paint = wantsColour() ? coloured : plain
    const met = await fileChannel({ quick: values.quick, json: values.json, paint, print })
    if (!met) process.exitCode = 1
    return
  }
  if (positionals[0] === 'supervisor' && positionals.length === 1) {
    const { supervisorBench } = await import('./suites/supervisor.js')
    const print = (text: string) => process.stdout.write(text)
    const paint = wantsColour() ? coloured : plain
    await supervisorBench({ quick: values.quick, json: values.json, paint, print })
    return
  }
  if (positionals[0] === 'player-driver' && positionals.length === 1) {
    const { playerDriverBench } = await import('./suites/player-driver.js')
    const print = (text: string) => process.stdout.write(text)
    const paint = wantsColour() ? coloured : plain
    const seconds = secondsOf(values.seconds)
    const { quick, json } = values
    if (!(await playerDriverBench({ quick, json, seconds, paint, print }))) process.exitCode = 1
    return
  }
  const suite = suites.find((one) => one.name === positionals[0])
  if (suite === undefined || positionals.length > 1)
    throw new UsageError(
      `name one suite: ${suites.map((one) => one.name).join(', ')}, file-channel, supervisor, player-driver`,
    )
  const wanted = chosen(suite, values.only, values.task, values.profile !== undefined)
  const rounds = roundsOf(values.rounds, values.quick)
  if (!isCoreChoice(values.cores))
    throw new UsageError(`--cores must be one of ${coreChoices.join(', ')}, not ${values.cores}`)
  const profile = values.profile === undefined ? undefined : resolve(values.profile)
  if (profile !== undefined) await refuseFilled(profile)

  // 0700 by mkdtemp: nobody else can connect to what is measured.
  const directory = await mkdtemp(join(tmpdir(), 'tieline-bench-'))
  process.on('exit', () => {
    killAll()
    rmSync(directory, { recursive: true, force: true })
  })
  // A listener of its own keeps the exit handler above in charge of the clean-up.
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))

  const outcome = await run(wanted, {
    directory,
    profile,
    cores: await takeCores(values.cores),
    rounds,
    // 200 ms and 2,000 calls: enough for a p99, short enough that a burst of other work on the
    // machine meets neighbouring slices alike.
    length: values.quick ? { ms: 60, calls: 500 } : { ms: 200, calls: 2000 },
    warm: values.quick ? { ms: 30, calls: 100 } : { ms: 50, calls: 200 },
    progress: showProgress,
  })
  if (values.json) {
    const machine = {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      at: new Date().toISOString(),
    }
    process.stdout.write(`${JSON.stringify({ machine, ...outcome }, null, 2)}\n`)
  } else {
    process.stdout.write(report(outcome, wantsColour() ? coloured : plain))
    if (profile !== undefined) process.stdout.write(`\n${await summarise(profile)}`)
  }
  if (outcome.failures.length > 0) process.exitCode = 1
}

/** One line that is written over, and only on a terminal: in a log it would be thousands. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function wantsColour(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR
}

/** Profiles of two runs in one directory would be summed up as one. */
async function refuseFilled(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (found === undefined) return
  if (!found.isDirectory() || (await readdir(directory)).length > 0)
    throw new UsageError(`--profile needs a new or empty directory, and ${directory} is neither`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`bench: ${error.message}\nSee --help.\n`)
  process.exitCode = 2
}
