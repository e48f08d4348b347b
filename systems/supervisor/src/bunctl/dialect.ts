// The original's way of talking, as a dialect: no ids, so replies come in the order of the requests,
// and the events of the one subscription of a connection come between them.
import { defaultLimits, TielineError } from 'tieline'
import { json } from 'tieline/codec'
import type { Dialect, Envelope, Failure, Request, Result, WireError } from 'tieline/dialect'
import { isCommandName, readCommand, writeCommand } from './commands.js'

/** What a request that cannot be read is handed on as: its handler refuses with that message. */
export const UNREADABLE = 'Unreadable'

/** Milliseconds that a command may take. An hour: how long a stop takes is the app's own setting. */
const COMMAND_MS = 3_600_000

/** These answer with data; the others with a message. */
const DATA_COMMANDS: ReadonlySet<string> = new Set(['Status', 'List', 'Logs'])

type Emit = (envelope: Envelope) => void
type Out = (value: Uint8Array) => void

/** A request of the other side, in its place. */
interface Owed {
  readonly id: number
  readonly method: string
  reply?: unknown
  /** Events that came before its turn to be answered. */
  readonly held: unknown[]
}

/** A request of ours. */
interface Asked {
  readonly id: number
  readonly stream: boolean
  /** Nobody wants to know the answer. */
  readonly ignored: boolean
}

/** `bytes`: the payload of one frame. */
export class BunctlDialect implements Dialect<Uint8Array> {
  readonly can = {
    request: true,
    result: true,
    error: true,
    item: true,
    end: true,
    cancel: true,
    goaway: true,
  } as const
  readonly #codec = json()
  readonly #owed: Owed[] = []
  readonly #asked: Asked[] = []
  #lastId = 0
  /** The request whose items the events are: of the other side, and of ours. */
  #served: number | undefined
  #subscribed: number | undefined
  #isClient = false

  write(envelope: Envelope, out: Out): void {
    switch (envelope.kind) {
      case 'request':
        this.#ask(envelope, out)
        break
      case 'result':
      case 'error':
        this.#answer(envelope, out)
        break
      case 'item':
        if (envelope.from === 'callee') this.#event(envelope.id, envelope.value, out)
        break
      case 'end':
        if (envelope.from === 'callee') this.#ended(envelope.id, out)
        break
      case 'cancel':
        this.#cancel(envelope.id, out)
        break
      case 'goaway':
        if (envelope.error) out(text(errorReply(envelope.error)))
        break
      default:
        break
    }
  }

  read(value: Uint8Array, emit: Emit): void {
    let message: unknown
    try {
      message = this.#codec.decode(value, 0, value.length, false, defaultLimits)
      const reply = replyOf(message)
      if (reply) {
        this.#reply(reply[0], reply[1], emit)
        return
      }
      const { name, params } = readCommand(message)
      this.#request(name, params, emit)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      // A client that cannot read a reply does not know which request it was for.
      if (this.#isClient) throw malformed(`a reply cannot be read: ${reason}`)
      this.#request(UNREADABLE, { message: `Invalid request: ${reason}` }, emit)
    }
  }

  #request(method: string, params: unknown, emit: Emit): void {
    const id = ++this.#lastId
    const stream = method === 'Subscribe'
    if (stream || method === 'Unsubscribe') this.#leaveSubscription(emit)
    this.#owed.push({ id, method, held: [] })
    if (stream) this.#served = id
    emit({
      kind: 'request',
      id,
      method,
      params,
      // What a reader grants where nothing is granted: the connection's own room is the bound.
      window: stream ? Number.POSITIVE_INFINITY : undefined,
      timeout: stream ? undefined : COMMAND_MS,
      meta: undefined,
    })
  }

  /** One subscription per connection: a new one takes the place of the old one. */
  #leaveSubscription(emit: Emit): void {
    if (this.#served === undefined) return
    const id = this.#served
    this.#served = undefined
    // Left before it was confirmed: it would get no reply any more, and hold up those behind it.
    const owed = this.#owed.find((one) => one.id === id)
    if (owed) owed.reply ??= messageReply('Subscribed')
    emit({ kind: 'cancel', id })
  }

  #answer(envelope: Result | Failure, out: Out): void {
    const { id } = envelope
    if (this.#served === id) this.#served = undefined
    const owed = this.#owed.find((one) => one.id === id)
    // A subscription that fails after it was confirmed: the original has no word for that.
    if (owed === undefined) return
    if (envelope.kind === 'error') owed.reply = errorReply(envelope.error)
    else
      owed.reply = DATA_COMMANDS.has(owed.method)
        ? dataReply(envelope)
        : messageReply(envelope.value)
    this.#settle(out)
  }

  /** The first item confirms the subscription, the others are its events. */
  #event(id: number, value: unknown, out: Out): void {
    const owed = this.#owed.find((one) => one.id === id)
    if (owed === undefined) {
      if (this.#served === id) out(text({ Event: value }))
      return
    }
    if (owed.reply !== undefined) {
      owed.held.push(value)
      return
    }
    owed.reply = messageReply((value as { message?: unknown } | null)?.message)
    this.#settle(out)
  }

  #ended(id: number, out: Out): void {
    if (this.#served === id) this.#served = undefined
    const owed = this.#owed.find((one) => one.id === id)
    if (owed === undefined || owed.reply !== undefined) return
    owed.reply = messageReply('Subscription ended')
    this.#settle(out)
  }

  /** Writes the replies whose turn it is. */
  #settle(out: Out): void {
    for (let owed = this.#owed[0]; owed?.reply !== undefined; owed = this.#owed[0]) {
      this.#owed.shift()
      out(text(owed.reply))
      for (const event of owed.held) out(text({ Event: event }))
    }
  }

  #ask({ id, method, params, window }: Request, out: Out): void {
    if (!isCommandName(method)) {
      throw new TielineError('unsupported', `the original protocol has no ${method}`, { method })
    }
    const stream = window !== undefined
    if (stream && this.#subscribed !== undefined) {
      const message = 'the original protocol has one subscription per connection'
      throw new TielineError('unsupported', message, { method })
    }
    out(text(writeCommand(method, params)))
    this.#isClient = true
    this.#asked.push({ id, stream, ignored: false })
    if (stream) this.#subscribed = id
  }

  #cancel(id: number, out: Out): void {
    // Of another command nothing can be taken back: its reply will be one that nobody waits for.
    if (id !== this.#subscribed) return
    this.#subscribed = undefined
    out(text(writeCommand('Unsubscribe', undefined)))
    this.#asked.push({ id, stream: false, ignored: true })
  }

  #reply(tag: string, content: unknown, emit: Emit): void {
    if (tag === 'Event') {
      const id = this.#subscribed
      if (id !== undefined) emit({ kind: 'item', id, from: 'callee', value: content })
      return
    }
    const asked = this.#asked.shift()
    if (asked === undefined) throw malformed('a reply came that nothing was asked for')
    if (asked.ignored) return
    const { id, stream } = asked
    if (tag === 'Error') {
      if (id === this.#subscribed) this.#subscribed = undefined
      const error = { code: 'remote-error', message: messageOf(content) }
      emit({ kind: 'error', id, error })
    } else if (stream) {
      // Left meanwhile: the peer has forgotten it and drops the item.
      emit({ kind: 'item', id, from: 'callee', value: { message: messageOf(content) } })
    } else if (tag === 'Data') {
      emit({ kind: 'result', id, value: (content as { data?: unknown } | null)?.data ?? null })
    } else {
      emit({ kind: 'result', id, value: messageOf(content) })
    }
  }
}

const REPLIES: ReadonlySet<string> = new Set(['Success', 'Error', 'Data', 'Event'])

/** Undefined for what is no reply: a command, or nothing that can be read. */
function replyOf(message: unknown): [tag: string, content: unknown] | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined
  const [first, ...others] = Object.entries(message)
  return first !== undefined && others.length === 0 && REPLIES.has(first[0]) ? first : undefined
}

function messageOf(content: unknown): string {
  const message = (content as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message : ''
}

function errorReply({ message }: WireError): unknown {
  return { Error: { message } }
}

function messageReply(message: unknown): unknown {
  return { Success: { message: typeof message === 'string' ? message : '' } }
}

function dataReply({ value }: Result): unknown {
  return { Data: { data: value ?? null } }
}

const encoder = new TextEncoder()

function text(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

function malformed(message: string): TielineError {
  return new TielineError('malformed', message, { origin: 'protocol' })
}
