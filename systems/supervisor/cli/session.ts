// What a command is given to work with: its daemon, found by the options that all commands have.
import { millisecondsOf } from '../src/config/quantities.js'
import { daemonPlace, stateDirectory } from '../src/daemon/places.js'
import type { Arguments } from './arguments.js'
import type { Remote } from './remote.js'
import { usage } from './usage.js'

/** A minute: stopping an app may take its 10 s and 5 s, and a daemon may have to be started. */
const USUAL_TIMEOUT_MS = 60_000

export async function withDaemon<T>(
  args: Arguments,
  signal: AbortSignal,
  use: (remote: Remote) => Promise<T>,
  { start = true }: { start?: boolean } = {},
): Promise<T> {
  const place = daemonPlace(args.value('socket'))
  const directory = stateDirectory(place, args.value('state'))
  const timeoutMs = timeoutFrom(args)
  const { reach } = await import('./reach.js')
  const remote = await reach({ place, directory, signal, timeoutMs, start })
  try {
    return await use(remote)
  } finally {
    await remote.close()
  }
}

function timeoutFrom(args: Arguments): number {
  const text = args.value('timeout')
  if (text === undefined) return USUAL_TIMEOUT_MS
  const ms = millisecondsOf(text)
  if (ms !== undefined && ms > 0) return ms
  throw usage(`--timeout must be a time such as 500ms, 5s or 2m, not ${text}`)
}
