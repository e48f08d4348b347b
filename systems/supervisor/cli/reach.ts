// Reaches the daemon: connects, in our protocol or the original's, and starts a daemon when none runs.
import { connect, isTielineError, TielineError } from 'tieline'
import { local } from 'tieline/transport'
import { bunctl, MESSAGE_BYTES } from '../src/bunctl/protocol.js'
import { BunctlContract, SupervisorContract } from '../src/daemon/contract.js'
import type { Place } from '../src/daemon/places.js'
import { reasonOf } from '../src/domain/errors.js'
import { originalRemote } from './original-remote.js'
import { ourRemote } from './our-remote.js'
import type { Remote, RemoteOptions } from './remote.js'
import { type DaemonProcess, startDaemonProcess } from './spawn-daemon.js'

export interface ReachOptions extends RemoteOptions {
  readonly place: Place
  /** The daemon's state, for starting it. */
  readonly directory: string
  /** Start a daemon when there is none. */
  readonly start: boolean
}

/** Milliseconds between attempts while a daemon starts. */
const POLL_MS = 15

/**
 * Rejects with `connection-refused` when nobody is there and none is to be started, or can be, and with
 * `permission-denied` for a directory that is no place for a daemon's state.
 */
export async function reach(options: ReachOptions): Promise<Remote> {
  try {
    return await attempt(options)
  } catch (error) {
    if (!options.start || !isTielineError(error, 'connection-refused')) throw error
  }
  const deadline = performance.now() + options.timeoutMs
  let daemon = started(options)
  try {
    for (;;) {
      try {
        return await attempt(options)
      } catch (error) {
        if (!isTielineError(error, 'connection-refused')) throw error
      }
      const failure = daemon.failure()
      if (failure !== undefined) throw notStarted(options, failure)
      if (performance.now() > deadline) throw notStarted(options, 'it does not answer')
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      options.signal.throwIfAborted()
      // The command that was at it may have been killed.
      if (!daemon.ours) daemon = started(options)
    }
  } finally {
    daemon.done()
  }
}

function started(options: ReachOptions): DaemonProcess {
  try {
    return startDaemonProcess(options)
  } catch (error) {
    throw isTielineError(error) ? error : notStarted(options, reasonOf(error))
  }
}

function notStarted({ place, directory }: ReachOptions, why: string): TielineError {
  const message = `the daemon could not be started: ${why}; its log is ${directory}/daemon.log`
  return new TielineError('connection-refused', message, {
    origin: 'channel',
    endpoint: place.endpoint,
  })
}

async function attempt(options: ReachOptions): Promise<Remote> {
  const { place, signal, timeoutMs } = options
  const common = {
    at: local(place.endpoint, { server: 'same-user' }),
    reconnect: false,
    signal,
    timeout: timeoutMs,
    limits: { frameBytes: MESSAGE_BYTES },
  } as const
  try {
    return ourRemote(await connect(SupervisorContract, common), options)
  } catch (error) {
    if (!speaksAnother(error)) throw error
  }
  const client = await connect(BunctlContract, { ...common, protocol: bunctl(), heartbeat: false })
  return originalRemote(client, options)
}

/** An original daemon takes our first bytes for an oversize frame and closes without a word. */
function speaksAnother(error: unknown): boolean {
  return isTielineError(error, 'connection-lost') || isTielineError(error, 'malformed')
}
