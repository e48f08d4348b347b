// The soak command: `npm run soak`. Reads the arguments, runs, and says what was found.
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machine } from './machine.js'
import { coloured, plain } from './report.js'
import { soakPage } from './soak/page.js'
import { parts } from './soak/parts/index.js'
import { json, text } from './soak/report.js'
import { soak } from './soak/run.js'
import { UsageError } from './usage-error.js'

const names = Object.keys(parts)

const help = `Usage: npm run soak -- [PART…] [options]

Runs all parts at once, or those that are named, for minutes: kills, ends and pauses their processes at
random, checks every answer, and at the end that memory, descriptors, timers, child processes and files
are back where they were. Needs Linux: it reads /proc. Exits 1 when something was not right.

Parts: ${names.join(', ')}

  --minutes N   how long (default 10; at least 1)
  --seed N      disturbs the same parts in the same order as the run that printed it
  --json        the result for a program, on stdout
  --html FILE   a page with plots: memory, descriptors, latency, restarts over time
  --help

Example:
  npm run soak -- player-driver --minutes 3 --html soak.html
`

/** One key press may come twice: from the terminal and from npm. Milliseconds until it is another. */
const ECHO_MS = 500

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        html: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function chosen(positionals: readonly string[]): readonly string[] {
  const wrong = positionals.find((name) => !Object.hasOwn(parts, name))
  if (wrong !== undefined)
    throw new UsageError(`no part is named ${wrong}; there are ${names.join(', ')}`)
  return positionals.length === 0 ? names : [...new Set(positionals)]
}

function minutesOf(given: string): number {
  const minutes = Number(given)
  // One: below that hardly anything is disturbed after the warm-up.
  if (minutes >= 1 && Number.isFinite(minutes)) return minutes
  throw new UsageError(`--minutes must be a number from 1, not ${given}`)
}

function seedOf(given: string | undefined): number {
  if (given === undefined) return randomInt(1_000_000)
  const seed = Number(given)
  if (Number.isInteger(seed) && seed >= 0) return seed
  throw new UsageError(`--seed must be a whole number from 0, not ${given}`)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const [names, minutes, seed] = [
    chosen(positionals),
    minutesOf(values.minutes),
    seedOf(values.seed),
  ]
  if (process.platform !== 'linux') throw new UsageError('a soak reads /proc, which only Linux has')

  const stop = new AbortController()
  let code = 0
  let stoppedAt = 0
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        // The second one means it: the exit handler kills what is left.
        if (performance.now() - stoppedAt > ECHO_MS) process.exit(code)
        return
      }
      stoppedAt = performance.now()
      code = 128 + number
      stop.abort(new Error(`interrupted by ${signal}`))
    })
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`)
  progress(`${names.join(', ')}: ${minutes} minutes, seed ${seed}`)
  const result = await soak({ names, minutes, seed, signal: stop.signal, progress })
  const paint = process.stdout.isTTY && !process.env.NO_COLOR ? coloured : plain
  process.stdout.write(values.json ? json(result) : text(result, paint))
  if (values.html !== undefined) writeFileSync(values.html, soakPage(result, machine()))
  process.exitCode = code || (result.problems.length === 0 ? 0 : 1)
  // Where a part failed its clients go on trying; all that is to be said has been said.
  if (process.exitCode !== 0) process.stdout.write('', () => process.exit())
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`soak: ${error.message}\nSee --help.\n`)
  process.exitCode = 2
}
