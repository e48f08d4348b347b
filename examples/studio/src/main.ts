// The studio as a command: starts everything, prints where it is and what to try, ends on Ctrl-C with
// everything. Exit codes: 0 done, 1 something did not come up, 2 wrong arguments.
import { HELP, type Options, optionsFrom } from './options.js'
import { within } from './place.js'
import { checkStudio } from './start/check.js'
import { type RunningStudio, startStudio } from './start/studio.js'

const FAILED = 1
const USAGE = 2
/** Milliseconds for `--once` to see everything: with the end it is less than 40 s. */
const CHECK_MS = 30_000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function fail(text: string, code: number): void {
  process.stderr.write(`studio: ${text.split('\n')[0]}\n`)
  process.exitCode = code
}

/** Milliseconds in which a second signal is the first one again: npm passes on what the terminal sent to all. */
const ECHO_MS = 500
/** By convention, 128 and the number of SIGINT. */
const INTERRUPTED = 130

/**
 * Fires with the first Ctrl-C, and when the time is over. A second Ctrl-C ends this process, and the
 * supervisor sees to the rest.
 */
function interrupted(withinMs?: number): AbortSignal {
  const stopping = new AbortController()
  if (withinMs !== undefined) {
    const late = new Error(`not done within ${withinMs / 1000} s`)
    setTimeout(() => stopping.abort(late), withinMs).unref()
  }
  let first = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted && performance.now() - first > ECHO_MS) process.exit(INTERRUPTED)
      first ||= performance.now()
      stopping.abort(new Error(`ended by ${signal}`))
    })
  }
  return stopping.signal
}

async function run(options: Options): Promise<void> {
  const ending = interrupted()
  const studio = await startStudio({ ...options, signal: ending })
  try {
    say(await greeting(studio))
    const over = new Promise((resolve) => ending.addEventListener('abort', resolve))
    if (!ending.aborted) await Promise.race([over, studio.ended])
  } finally {
    await studio.close()
  }
}

async function greeting({ place, url, pidOf }: RunningStudio): Promise<string> {
  const at = within(place.directory)
  const pid = await pidOf('channel-host')
  return `Tieline studio

  ${url}

Try in a second terminal, and watch the page:

  npx superctl status --socket ${at.supervisor}
  npx tieline call unix:${at.driver} list_players --protocol msgpack-rpc
  kill -9 ${pid}    # the channel host: the page comes back by itself

Ctrl-C ends it, and everything with it.`
}

async function once(options: Options): Promise<void> {
  const signal = interrupted(CHECK_MS)
  const studio = await startStudio({ ...options, signal })
  try {
    const missing = await checkStudio(studio, signal)
    if (missing.length > 0) fail(`not seen: ${missing.join(', ')}`, FAILED)
    else say('studio: the page and all five systems answer')
  } finally {
    await studio.close()
  }
}

function readOptions(): Options | undefined {
  try {
    const options = optionsFrom(process.argv.slice(2))
    if (options === undefined) say(HELP.trimEnd())
    return options
  } catch (error) {
    fail((error as Error).message, USAGE)
    return undefined
  }
}

const options = readOptions()
try {
  if (options?.once) await once(options)
  else if (options !== undefined) await run(options)
} catch (error) {
  fail((error as Error).message, FAILED)
}
