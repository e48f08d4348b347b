// What a command is given to work with: its daemon, found by the options that all commands have.
import { daemonPlace, stateDirectory } from '../src/daemon/places.js'
import type { CommonContext } from './common.js'
import type { Remote } from './remote.js'

/** A minute: stopping an app may take its 10 s and 5 s, and a daemon may have to be started. */
const USUAL_TIMEOUT_MS = 60_000

/** Milliseconds that an answer may take. */
export function timeoutOf({
  timeout = USUAL_TIMEOUT_MS,
}: CommonContext['args']['options']): number {
  return timeout
}

/** Runs `use` with a daemon, which is started when there is none, unless `start` is false. */
export async function withDaemon<T>(
  { args, signal }: Pick<CommonContext, 'args' | 'signal'>,
  use: (remote: Remote) => Promise<T>,
  { start = true }: { start?: boolean } = {},
): Promise<T> {
  const { socket, state } = args.options
  const timeoutMs = timeoutOf(args.options)
  const place = daemonPlace(socket)
  const directory = stateDirectory(place, state)
  const { reach } = await import('./reach.js')
  const remote = await reach({ place, directory, signal, timeoutMs, start })
  try {
    return await use(remote)
  } finally {
    await remote.close()
  }
}
