// The session's D-Bus, as much of it as a watcher needs: calls with a deadline, signals, and its end.
import { type Clock, TielineError } from 'tieline'

export interface BusSignal {
  /** The unique name of who said it: ':1.42'. */
  readonly sender: string
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly body: readonly unknown[]
}

export interface BusCall {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly signature?: string
  readonly body?: readonly unknown[]
}

export interface Bus {
  /** Resolves to the first value of the answer. Rejects with `remote-error` or `deadline-exceeded`. */
  call(call: BusCall): Promise<unknown>
  /** Asks for signals by a match rule of D-Bus. */
  match(rule: string): Promise<void>
  /** Fires with the reason when the bus is gone. */
  readonly lost: AbortSignal
  end(): void
}

export interface BusOptions {
  /** As in DBUS_SESSION_BUS_ADDRESS, which it is unless told. */
  readonly address?: string | undefined
  readonly clock: Clock
  readonly signal: (signal: BusSignal) => void
}

/** Milliseconds for an answer. 5 s: a player answers at once or hangs. */
const ANSWER_MS = 5000
/** D-Bus's numbers of message types. */
const SIGNAL = 4

export const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const

/** What the library has of all this. */
interface Library {
  createClient(options: { busAddress: string }): {
    readonly connection: {
      on(event: 'error' | 'end' | 'message', listener: (value: never) => void): void
      end(): void
    }
    invoke(message: object, callback: (error: unknown, ...values: unknown[]) => void): void
  }
}

/** Rejects with `unavailable` where there is no bus. */
export async function openBus({ address, clock, signal }: BusOptions): Promise<Bus> {
  const busAddress = address ?? process.env.DBUS_SESSION_BUS_ADDRESS
  if (!busAddress) throw unavailable('there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set')
  const { default: library } = (await import('@homebridge/dbus-native')) as unknown as {
    readonly default: Library
  }
  const lost = new AbortController()
  const end = (why: string) => lost.abort(unavailable(`the session bus is gone: ${why}`))
  let client: ReturnType<Library['createClient']>
  try {
    client = library.createClient({ busAddress })
  } catch (error) {
    throw unavailable(`the session bus cannot be reached: ${(error as Error).message}`)
  }
  const { connection } = client
  connection.on('error', (error: Error) => end(error.message))
  connection.on('end', () => end('it closed the connection'))
  connection.on('message', (message: Partial<BusSignal> & { readonly type?: unknown }) => {
    const { type, sender, path, member, body = [] } = message
    const from = message.interface
    if (type !== SIGNAL || !sender || !path || !from || !member) return
    signal({ sender, path, interface: from, member, body })
  })
  const call = (asked: BusCall) =>
    new Promise<unknown>((resolve, reject) => {
      if (lost.signal.aborted) return reject(lost.signal.reason)
      const leave = () => {
        timer.cancel()
        lost.signal.removeEventListener('abort', gone)
      }
      const gone = () => {
        leave()
        reject(lost.signal.reason)
      }
      const timer = clock.after(ANSWER_MS, () => {
        leave()
        const message = `${asked.destination} did not answer ${asked.member} within ${ANSWER_MS} ms`
        reject(new TielineError('deadline-exceeded', message))
      })
      lost.signal.addEventListener('abort', gone, { once: true })
      client.invoke({ ...asked }, (error, value) => {
        leave()
        if (error) reject(new TielineError('remote-error', textOf(error), { origin: 'remote' }))
        else resolve(value)
      })
    })
  return {
    call,
    async match(rule) {
      await call({ ...BUS, member: 'AddMatch', signature: 's', body: [rule] })
    },
    lost: lost.signal,
    end() {
      lost.abort(unavailable('the session bus was left'))
      connection.end()
    },
  }
}

function textOf(error: unknown): string {
  const { name, message } = error as { name?: unknown; message?: unknown }
  return [name, message].filter((part) => typeof part === 'string' && part !== '').join(': ')
}

function unavailable(message: string): TielineError {
  return new TielineError('unavailable', message, { origin: 'channel' })
}

/** A value of a variant, which the library gives as its signature and a list of one. */
export function variant(value: unknown): unknown {
  return Array.isArray(value) && Array.isArray(value[1]) ? (value[1] as unknown[])[0] : undefined
}

/** A dictionary of variants, which the library gives as a list of pairs. */
export function dictionary(value: unknown): ReadonlyMap<string, unknown> {
  const pairs = Array.isArray(value) ? value.filter(isPair) : []
  return new Map(pairs.map(([key, held]) => [key, variant(held)]))
}

function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}
