// Follows an mpv through the socket it was started with (`mpv --input-ipc-server=PATH`): waits until
// there is one, and for the next when it has ended.
import { type Clock, isTielineError, systemClock, TielineError } from 'tieline'
import type { Channel } from 'tieline/channel'
import { json } from 'tieline/codec'
import { Backoff } from 'tieline/connector'
import type { Protocol } from 'tieline/dialect'
import { lines } from 'tieline/framing'
import { Peer } from 'tieline/peer'
import { transportFor } from 'tieline/transport'
import { framed } from 'tieline/wire'
import type { FsctDriver } from '../domain/driver.js'
import { mpvDialect } from './mpv-dialect.js'
import { MpvFollower } from './mpv-follower.js'
import { PlayerPublisher } from './publisher.js'
import { aborted, wait } from './wait.js'
import type { Watcher } from './watcher.js'

/** mpv's JSON IPC: see `mpvDialect`. */
export function mpvProtocol(): Protocol {
  return {
    name: 'mpv',
    params: 'value',
    wire: framed(lines(), json()),
    dialect: mpvDialect,
  }
}

export type MpvChange =
  /** There is no mpv at the socket, or no more; it is waited for. */
  { readonly kind: 'waiting'; readonly error: Error } | { readonly kind: 'following' }

export interface MpvWatcherOptions {
  /** What the player calls itself. */
  readonly selfId?: string
  readonly told?: (change: MpvChange) => void
  readonly clock?: Clock
  /** Unix milliseconds. */
  readonly unixNow?: () => number
}

/** mpv answers at once or hangs. 5 s: a machine that swaps is not a hang. */
const ANSWER_MS = 5000
/**
 * Looking whether there is an mpv, more and more seldom, at least every second: who starts one wants to
 * see it, and a look costs nothing.
 */
const LOOK = { base: 100, cap: 1000 } as const

/**
 * `path`: of the socket, absolute; an endpoint is taken as well. `run` ends with its signal only, and
 * rejects when the driver is lost, or with `malformed` when what answers there is not mpv.
 */
export function mpvWatcher(path: string, options: MpvWatcherOptions = {}): Watcher {
  const at = path.startsWith('/') ? `unix:${path}` : path
  const { clock = systemClock } = options
  return {
    async run(driver, signal) {
      const backoff = new Backoff(LOOK)
      let told = false
      while (!signal.aborted) {
        let since: number | undefined
        const following = () => {
          since = clock.now()
          told = false
          options.told?.({ kind: 'following' })
        }
        const end = await followOnce({ at, driver, signal, options, following })
        if (signal.aborted) return
        if (isTielineError(end, 'malformed')) throw notMpv(at, end)
        if (since !== undefined) backoff.stood(clock.now() - since)
        if (!told) options.told?.({ kind: 'waiting', error: end })
        told = true
        await wait(clock, backoff.next(), signal)
      }
    },
  }
}

interface Following {
  readonly at: string
  readonly driver: FsctDriver
  readonly signal: AbortSignal
  readonly options: MpvWatcherOptions
  /** Told when mpv has answered. */
  readonly following: () => void
}

/** Resolves to why there is no mpv, or no more, or when the signal fires. Rejects when the driver fails. */
async function followOnce({ at, driver, signal, options, following }: Following): Promise<Error> {
  const { selfId = 'mpv', clock = systemClock, unixNow = Date.now } = options
  let channel: Channel
  try {
    channel = await (await transportFor(at)).connect({ signal })
  } catch (error) {
    if (isTielineError(error, 'invalid-endpoint')) throw error
    return error as Error
  }
  let follower: MpvFollower | undefined
  const peer = new Peer(channel, {
    protocol: mpvProtocol(),
    role: 'client',
    service: ({ method, params }) => follower?.take({ method, params: params as MpvParams }),
  })
  const over = new AbortController()
  void peer.closed.then(({ error }) => over.abort(error ?? ended(at)))
  try {
    const publisher = await PlayerPublisher.register(driver, selfId)
    follower = new MpvFollower({
      ask: (command, args) => peer.call(command, args, { timeout: ANSWER_MS }),
      publish: (publication) => publisher.publish(publication),
      failed: (error) => over.abort(error),
      clock,
      unixNow,
    })
    follower.start().then(following, (error) => over.abort(error))
    await aborted(signal, publisher.failed, over.signal)
    follower.stop()
    publisher.failed.throwIfAborted()
    await publisher.unregister()
    return over.signal.reason as Error
  } finally {
    follower?.stop()
    await peer.close({ within: 0 })
  }
}

type MpvParams = Readonly<Record<string, unknown>>

function ended(at: string): TielineError {
  return new TielineError('connection-lost', `mpv at ${at} has ended`, { origin: 'channel' })
}

function notMpv(at: string, cause: TielineError): TielineError {
  const message = `what answers at ${at} is not mpv: ${cause.message}`
  return new TielineError('malformed', message, { origin: 'protocol', endpoint: at, cause })
}
