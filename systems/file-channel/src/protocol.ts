// The dialect of the file channel's own messages, so that a contract can be served to a program that
// knows ipckit and nothing of Tieline, and the other way round.
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Protocol } from 'tieline'
import { json } from 'tieline/codec'
import type { Dialect, Envelope } from 'tieline/dialect'
import {
  type MailboxMessage,
  type MailboxOptions,
  mailbox,
  type NewMessage,
  type Transport,
} from 'tieline/transport'
import { perMessage } from 'tieline/wire'

/**
 * Where a contract is served to, or called at, an original program: this program is `side`. For
 * `serve` and `connect` together with `fileChannel()`.
 */
export function at(
  directory: string,
  side: 'backend' | 'frontend',
  options: MailboxOptions = {},
): Transport {
  return mailbox(`mailbox:${resolve(directory)}#${side}`, { ...options, content: 'messages' })
}

/**
 * The file channel's messages. Calls are requests and responses, notifications are events. It has no
 * streams, no cancel and no handshake; an error is its message alone; a caller's deadline is kept by
 * the caller.
 */
export function fileChannel(): Protocol {
  return {
    name: 'file-channel',
    params: 'value',
    wire: perMessage(json()),
    dialect: () => new FileChannelDialect(),
  }
}

/**
 * Requests of the other side whose answers are owed. 4,096: four times the calls that a peer has in
 * flight; beyond it the oldest was given up.
 */
const OWED = 4096

class FileChannelDialect implements Dialect<unknown> {
  readonly can = { request: true, result: true, error: true, notify: true } as const
  /** The peer's numbers of its own calls, by the ids that are in the file. */
  readonly #asked = new Map<string, number>()
  /** The other side's ids, by the numbers that the peer was given for them. */
  readonly #owed = new Map<number, string>()
  #next = 1

  write(envelope: Envelope, out: (value: unknown) => void): void {
    const message = this.#written(envelope)
    if (message !== undefined) out(message)
  }

  #written(envelope: Envelope): NewMessage | undefined {
    switch (envelope.kind) {
      case 'request': {
        // A stream's request has no form; the peer refuses it before it comes here.
        if (envelope.window !== undefined) return undefined
        const id = randomUUID()
        this.#remember(this.#asked, id, envelope.id)
        const { method, params } = envelope
        return { id, type: 'request', method, payload: params ?? {} }
      }
      case 'result':
        return this.#response(envelope.id, { payload: envelope.value ?? null })
      case 'error':
        return this.#response(envelope.id, { payload: null, error: envelope.error.message })
      case 'notify':
        return {
          id: randomUUID(),
          type: 'event',
          method: envelope.method,
          payload: envelope.params ?? null,
        }
      default:
        return undefined
    }
  }

  #response(number: number, answer: { payload: unknown; error?: string }): NewMessage | undefined {
    const id = this.#owed.get(number)
    if (id === undefined) return undefined
    this.#owed.delete(number)
    return { id: randomUUID(), type: 'response', reply_to: id, ...answer }
  }

  read(value: unknown, emit: (envelope: Envelope) => void): void {
    // The mailbox has checked its shape.
    const { id, type, method, reply_to, payload, error } = value as MailboxMessage
    if (type === 'event') {
      emit({ kind: 'notify', method: method ?? '', params: payload, meta: undefined })
    } else if (type === 'request') {
      const number = this.#next
      this.#next = number === 0xffff_ffff ? 1 : number + 1
      this.#remember(this.#owed, number, id)
      const none = { window: undefined, timeout: undefined, meta: undefined }
      emit({ kind: 'request', id: number, method: method ?? '', params: payload, ...none })
    } else {
      const number = reply_to == null ? undefined : this.#asked.get(reply_to)
      // A late answer, or one to a process before this one.
      if (number === undefined) return
      this.#asked.delete(reply_to as string)
      if (error == null) emit({ kind: 'result', id: number, value: payload })
      else emit({ kind: 'error', id: number, error: { code: 'remote-error', message: error } })
    }
  }

  #remember<K, V>(map: Map<K, V>, key: K, value: V): void {
    map.set(key, value)
    if (map.size <= OWED) return
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
}
