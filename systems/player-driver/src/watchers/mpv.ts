// Follows an mpv through the socket it was started with (`mpv --input-ipc-server=PATH`): waits until
// there is one, and for the next when it has ended.
import { type Clock, isTielineError, systemClock, TielineError } from 'tieline'
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
import { wait } from './wait.js'
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
  /** There is no mpv at the socket; it is waited for. */
  | { readonly kind: 'waiting'; readonly error: Error }
  | { readonly kind: 'following' }
  | { readonly kind: 'ended' }

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

/** `path`: of the socket, absolute; on Windows of the pipe. An endpoint is taken as well. */
export function mpvWatcher(path: string, options: MpvWatcherOptions = {}): Watcher {
  const at = path.startsWith('/') ? `unix:${path}` : path
  return {
    async run(driver, signal) {
      const clock = options.clock ?? systemClock
      const backoff = new Backoff(LOOK)
      let told = false
      while (!signal.aborted) {
        try {
          await followOnce(at, driver, signal, options, () => {
            told = false
            backoff.reset()
          })
          if (!signal.aborted) options.told?.({ kind: 'ended' })
        } catch (error) {
          if (signal.aborted) return
          if (!isAbsence(error)) throw error
          if (!told) options.told?.({ kind: 'waiting', error })
          told = true
        }
        await wait(clock, backoff.next(), signal)
      }
    },
  }
}

/** Resolves when mpv has ended or the signal fires. Rejects when there is none, or the driver is lost. */
async function followOnce(
  at: string,
  driver: FsctDriver,
  signal: AbortSignal,
  options: MpvWatcherOptions,
  following: () => void,
): Promise<void> {
  const { selfId = 'mpv', clock = systemClock, unixNow = Date.now, told } = options
  const transport = await transportFor(at)
  const channel = await transport.connect({ signal })
  let follower: MpvFollower | undefined
  const peer = new Peer(channel, {
    protocol: mpvProtocol(),
    role: 'client',
    service: ({ method, params }) => {
      follower?.take({ method, params: params as Readonly<Record<string, unknown>> })
    },
  })
  const failed = new AbortController()
  try {
    const publisher = await PlayerPublisher.register(driver, selfId)
    follower = new MpvFollower({
      ask: (command, args) => peer.call(command, args, { timeout: ANSWER_MS }),
      publish: (publication) => publisher.publish(publication),
      failed: (error) => failed.abort(error),
      clock,
      unixNow,
    })
    void peer.closed.then(({ error }) => failed.abort(error ?? gone(at)))
    await follower.start()
    following()
    told?.({ kind: 'following' })
    await until(AbortSignal.any([signal, publisher.failed, failed.signal]))
    follower.stop()
    publisher.failed.throwIfAborted()
    await publisher.unregister()
    if (isNoMpv(failed.signal.reason)) throw notMpv(at, failed.signal.reason)
  } catch (error) {
    throw isNoMpv(error) ? notMpv(at, error) : error
  } finally {
    follower?.stop()
    await peer.close({ within: 0 })
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
