// The soak command: `npm run soak -- player-driver`. Reads the arguments and runs what takes minutes.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { coloured, plain } from './report.js'
import { playerDriverSoak } from './soak/player-driver.js'

const suites = { 'player-driver': playerDriverSoak }

const help = `Usage: npm run soak -- SUITE [options]

Kills and restarts the parts of a system at random for minutes, and checks that everything comes back
and that memory and open descriptors stay flat. Needs Linux: it reads /proc. Exits 1 when something
did not come back, grew or was left over.

Suites: ${Object.keys(suites).join(', ')}

  --minutes N   how long (default 10; at least 2)
  --seed N      kills the same parts in the same order as the run that printed it
  --help

Example:
  npm run soak -- player-driver --minutes 3
`

/** One key press may come twice: from the terminal and from npm. Milliseconds until it is another. */
const ECHO_MS = 500

class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function suiteOf(names: readonly string[]) {
  const [name = ''] = names
  if (names.length === 1 && isSuite(name)) return suites[name]
  throw new UsageError(`name one suite: ${Object.keys(suites).join(', ')}`)
}

function isSuite(name: string): name is keyof typeof suites {
  return Object.hasOwn(suites, name)
}

function minutesOf(text: string): number {
  const minutes = Number(text)
  // Two: below that there are too few readings to compare.
  if (minutes >= 2 && Number.isFinite(minutes)) return minutes
  throw new UsageError(`--minutes must be a number from 2, not ${text}`)
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(1_000_000)
  const seed = Number(text)
  if (Number.isInteger(seed) && seed >= 0) return seed
  throw new UsageError(`--seed must be a whole number from 0, not ${text}`)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const suite = suiteOf(positionals)
  const minutes = minutesOf(values.minutes)
  const seed = seedOf(values.seed)
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
  const progress = (text: string) => process.stderr.write(`${text}\n`)
  const paint = process.stdout.isTTY && !process.env.NO_COLOR ? coloured : plain
  progress(`${positionals[0]}: ${minutes} minutes, seed ${seed}`)
  const print = (text: string) => process.stdout.write(text)
  const flat = await suite({ minutes, seed, signal: stop.signal, paint, print, progress })
  process.exitCode = code || (flat ? 0 : 1)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`soak: ${error.message}\nSee --help.\n`)
  process.exitCode = 2
}
