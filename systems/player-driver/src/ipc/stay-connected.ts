// A client that outlives its driver: when the connection is lost it makes a new one, with backoff, and
// does its work again from the start, as players and devices end with the connection they came on.
import { type BackoffOptions, type Clock, isTielineError, systemClock } from 'tieline'
import { Backoff } from 'tieline/connector'
import { untilFirst, wait } from '../watchers/wait.js'
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
  /** Wait for the first connection as for later ones: the driver may not be there yet. */
  readonly patient?: boolean
}

export type ConnectionChange =
  /** `again`: not for the first time. */
  | { readonly kind: 'connected'; readonly driver: IpcDriver; readonly again: boolean }
  | { readonly kind: 'lost'; readonly error: Error }
  /** The first connection failed, and is tried again: only where that was asked for. */
  | { readonly kind: 'waiting'; readonly error: Error }

/**
 * Resolves when the work is done or the signal fires. Rejects when the first connection fails (unless
 * `patient`), when the driver came back with another protocol version, or with what the work itself rejects with.
 */
export async function stayConnected(options: StayConnectedOptions): Promise<void> {
  const { signal, use, told, backoff: how, patient, ...connecting } = options
  const { clock = systemClock } = options
  const backoff = new Backoff(how)
  let driver: IpcDriver
  try {
    driver = await IpcDriver.connect({ ...connecting, signal })
  } catch (error) {
    if (signal.aborted) return
    if (!patient || HOPELESS.some((code) => isTielineError(error, code))) throw error
    told?.({ kind: 'waiting', error: error as Error })
    const first = await reconnected({ ...connecting, signal }, backoff, clock)
    if (first === undefined) return
    driver = first
  }
  for (let again = false; ; again = true) {
    const since = clock.now()
    told?.({ kind: 'connected', driver, again })
    const error = await usedBy(driver, signal, use)
    if (signal.aborted || error === undefined) return
    told?.({ kind: 'lost', error })
    backoff.stood(clock.now() - since)
    const next = await reconnected({ ...connecting, signal }, backoff, clock)
    if (next === undefined) return
    driver = next
  }
}

/** What waiting does not change. */
const HOPELESS = ['version-mismatch', 'invalid-endpoint', 'invalid-argument'] as const

/** Resolves when the work is done, or to why it can not be on this connection. */
async function usedBy(
  driver: IpcDriver,
  signal: AbortSignal,
  use: StayConnectedOptions['use'],
): Promise<Error | undefined> {
  try {
    await untilFirst([signal, driver.lost], (ending) => use(driver, ending))
  } catch (error) {
    // A driver that drains refuses calls before it closes the connection.
    if (isTielineError(error, 'unavailable') && !driver.lost.aborted) return error
    // What fails on a lost connection fails because of it.
    if (!driver.lost.aborted && !signal.aborted) throw error
  } finally {
    await driver.close()
  }
  return driver.lost.aborted ? (driver.lost.reason as Error) : undefined
}

/** Undefined when the signal fires first. */
async function reconnected(
  connecting: IpcDriverOptions & { readonly signal: AbortSignal },
  backoff: Backoff,
  clock: Clock,
): Promise<IpcDriver | undefined> {
  const { signal } = connecting
  while (!signal.aborted) {
    await wait(clock, backoff.next(), signal)
    try {
      return await IpcDriver.connect(connecting)
    } catch (error) {
      // Trying again would not change that.
      if (isTielineError(error, 'version-mismatch') && !signal.aborted) throw error
    }
  }
  return undefined
}
