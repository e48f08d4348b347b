// The bench command: `npm run bench`. Runs the suites one after the other and shows what they found: as
// text, as JSON, as a page.
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Arguments, help, readArguments } from './arguments.js'
import { takeCores } from './cores.js'
import { machine } from './machine.js'
import { isGood, type Outcome } from './outcome.js'
import { killAll } from './pair.js'
import { summarise } from './profile.js'
import { coloured, plain, report } from './report.js'
import type { SuiteOptions } from './suite.js'
import { loadSuite, type SuiteName } from './suites/index.js'
import { UsageError } from './usage-error.js'

async function main(): Promise<void> {
  const given = readArguments()
  if (given.help) {
    process.stdout.write(await help())
    return
  }
  const profile = given.profile === undefined ? undefined : resolve(given.profile)
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

  const outcomes: Outcome[] = []
  const cores = await takeCores(given.cores)
  for (const name of given.suites) {
    const place = join(directory, name)
    await mkdir(place)
    const options = { ...given, cores, profile, directory: place, progress: showProgress }
    const outcome = await outcomeOf(given, options, name)
    showProgress('')
    outcomes.push(outcome)
    if (!given.json) process.stdout.write(`${report(outcome, wantsColour() ? coloured : plain)}\n`)
  }
  if (given.json) process.stdout.write(`${JSON.stringify(asJson(outcomes), null, 2)}\n`)
  else if (profile !== undefined) process.stdout.write(await summarise(profile))
  if (given.html !== undefined) {
    const { page } = await import('./page/page.js')
    await writeFile(given.html, page(outcomes, machine()))
    process.stderr.write(`bench: the page is ${resolve(given.html)}\n`)
  }
  if (!outcomes.every(isGood)) process.exitCode = 1
}

async function outcomeOf(
  given: Arguments,
  options: SuiteOptions,
  name: SuiteName,
): Promise<Outcome> {
  const suite = await loadSuite(name)
  if (!given.syscalls) return suite.run(options)
  if (suite.syscalls) return suite.syscalls(options)
  throw new UsageError(`--syscalls is for suites of subjects, as peers, and ${name} is none`)
}

/** One suite's outcome beside the machine; several as a list. */
function asJson(outcomes: readonly Outcome[]): object {
  const [only] = outcomes
  return outcomes.length === 1 && only
    ? { machine: machine(), ...only }
    : { machine: machine(), outcomes }
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
