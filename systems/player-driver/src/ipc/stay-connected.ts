// A client that outlives its driver: when the connection is lost it makes a new one, with backoff, and
// does its work again from the start, as players and devices end with the connection they came on.
import { type BackoffOptions, isTielineError, systemClock } from 'tieline'
import { Backoff } from 'tieline/connector'
import { wait } from '../watchers/wait.js'
import { IpcDriver, type IpcDriverOptions } from './ipc-driver.js'

export interface StayConnectedOptions extends Omit<IpcDriverOptions, 'signal'> {
  /** Ends it all. */
  readonly signal: AbortSignal
  /**
   * The work on one connection. Its signal fires when the connection is lost or `signal` does; with a
   * new connection it is called again. When it resolves before that, everything is done.
   */
  readonly use: (driver: IpcDriver, signal: AbortSignal) => Promise<void>
  readonly told?: (change: ConnectionChange) => void
  readonly backoff?: BackoffOptions
}

export type ConnectionChange =
  /** `again`: not for the first time. */
  | { readonly kind: 'connected'; readonly driver: IpcDriver; readonly again: boolean }
  | { readonly kind: 'lost'; readonly error: Error }

/**
 * Resolves when the work is done or the signal fires. Rejects when the first connection fails, when
 * the driver came back with another protocol version, or with what the work itself rejects with.
 */
export async function stayConnected(options: StayConnectedOptions): Promise<void> {
  const { signal, use, told, backoff, ...connecting } = options
  let driver = await IpcDriver.connect({ ...connecting, signal })
  for (let again = false; ; again = true) {
    told?.({ kind: 'connected', driver, again })
    await usedBy(driver, signal, use)
    if (signal.aborted || !driver.lost.aborted) return
    told?.({ kind: 'lost', error: driver.lost.reason as Error })
    const next = await reconnected(options)
    if (next === undefined) return
    driver = next
  }
}

/** Resolves when the work is done, or cannot be because the connection is lost. */
async function usedBy(
  driver: IpcDriver,
  signal: AbortSignal,
  use: StayConnectedOptions['use'],
): Promise<void> {
  try {
    await use(driver, AbortSignal.any([signal, driver.lost]))
  } catch (error) {
    // What fails then fails because of it.
    if (!driver.lost.aborted && !signal.aborted) throw error
  } finally {
    await driver.close()
  }
}

/** Undefined when the signal fires first. */
async function reconnected(options: StayConnectedOptions): Promise<IpcDriver | undefined> {
  const { signal, use: _, told: __, backoff: how, ...connecting } = options
  const backoff = new Backoff(how)
  const clock = options.clock ?? systemClock
  while (!signal.aborted) {
    await wait(clock, backoff.next(), signal)
    try {
      return await IpcDriver.connect({ ...connecting, signal })
    } catch (error) {
      // Trying again would not change that.
      if (isTielineError(error, 'version-mismatch') && !signal.aborted) throw error
    }
  }
  return undefined
}
