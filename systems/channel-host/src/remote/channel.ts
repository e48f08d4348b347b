// A channel of an agent in another process than the host. It counts the credit that the host gives, so
// that a slow client holds up nobody else of this agent.
import { type Clock, type Limits, TielineError } from 'tieline'
import type { CloseInfo } from 'tieline/channel'
import type { AgentChannel, ChannelHandlers } from '../agent.js'
import type { Link } from '../envelope/link.js'
import { costOf } from '../envelope/messages.js'
import { channelClosed, checkSend, codeOf, handlerThrew } from '../faults.js'

export interface RemoteChannelParts {
  readonly number: number
  readonly port: number
  readonly userId: string
  readonly link: Link
  readonly handlers: ChannelHandlers
  readonly limits: Pick<Limits, 'frameBytes' | 'queuedBytes' | 'drainMs'>
  readonly clock: Clock
  readonly failed: (error: Error) => void
  /** It has something to send, or wants to: call `room` when the way to the host is free. */
  readonly waits: (channel: RemoteChannel) => void
}

export class RemoteChannel implements AgentChannel {
  readonly number: number
  readonly port: number
  readonly userId: string
  readonly #parts: RemoteChannelParts
  /** What may be sent before the host gives more. The last message may overdraw it. */
  #credit = 0
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #wantsRoom = false
  #ending = false
  #over = false
  #reason: Error | undefined
  #waiters: (() => void)[] = []

  constructor(parts: RemoteChannelParts) {
    this.#parts = parts
    this.number = parts.number
    this.port = parts.port
    this.userId = parts.userId
  }

  opened(): void {
    this.#guard(() => this.#parts.handlers.opened?.(this))
  }

  get buffered(): number {
    return this.#queuedBytes
  }

  send(message: Uint8Array): boolean {
    if (this.#ending || this.#over) throw channelClosed(this)
    checkSend(this, message, this.#parts.limits)
    if (this.#queue.length === 0 && this.#maySend) {
      this.#sendNow(message)
      if (this.#maySend) return true
    } else {
      this.#queue.push(message)
      this.#queuedBytes += message.length
    }
    this.#wantsRoom = true
    this.#parts.waits(this)
    return false
  }

  pause(): void {
    this.#parts.link.send({ kind: 'Pause', channel: this.number })
  }

  resume(): void {
    this.#parts.link.send({ kind: 'Resume', channel: this.number })
  }

  close(): Promise<void> {
    if (this.#over) return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.#waiters.push(resolve))
    if (this.#ending) return closed
    this.#ending = true
    if (this.#queue.length === 0) {
      this.#sayClose()
      return closed
    }
    const { clock, limits } = this.#parts
    const timer = clock.after(limits.drainMs, () => {
      const message = `channel ${this.number}: the client did not take what waits within ${limits.drainMs} ms`
      this.abort(new TielineError('deadline-exceeded', message, { origin: 'channel' }))
    })
    return closed.then(() => timer.cancel())
  }

  abort(reason: Error): void {
    if (this.#over || this.#reason !== undefined) return
    this.#ending = true
    this.#reason = reason
    this.#dropQueue()
    this.#sayClose(reason)
  }

  /** The host gives more credit. */
  credit(bytes: number): void {
    this.#credit += bytes
    this.room()
  }

  /** There is more credit, or the way to the host is free again. */
  room(): void {
    this.#sendQueued()
    if (this.#queue.length > 0) {
      this.#parts.waits(this)
      return
    }
    if (this.#ending) {
      if (this.#reason === undefined && !this.saidClose) this.#sayClose()
      return
    }
    if (!this.#wantsRoom) return
    if (!this.#maySend) {
      this.#parts.waits(this)
      return
    }
    this.#wantsRoom = false
    this.#guard(() => this.#parts.handlers.drained?.(this))
  }

  arrived(message: Uint8Array): void {
    if (!this.#ending) this.#guard(() => this.#parts.handlers.message?.(this, message))
  }

  closed(why: CloseInfo): void {
    if (this.#over) return
    this.#over = true
    this.#dropQueue()
    const told = this.#reason === undefined ? why : { by: 'local' as const, error: this.#reason }
    try {
      this.#parts.handlers.closed?.(this, told)
    } catch (thrown) {
      this.#parts.failed(handlerThrew(this, thrown))
    }
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** The host has been told that nothing more comes. */
  saidClose = false

  #sayClose(reason?: Error): void {
    this.saidClose = true
    const code = reason === undefined ? '' : codeOf(reason)
    const message = reason?.message ?? ''
    this.#parts.link.send({ kind: 'CloseChannel', channel: this.number, code, message })
  }

  get #maySend(): boolean {
    return this.#credit > 0 && this.#parts.link.writable
  }

  #sendNow(content: Uint8Array): void {
    this.#credit -= costOf(content)
    this.#parts.link.send({ kind: 'MessageToRemote', channel: this.number, content })
  }

  #sendQueued(): void {
    let next = 0
    while (next < this.#queue.length && this.#maySend) {
      const content = this.#queue[next++] as Uint8Array
      this.#queuedBytes -= content.length
      this.#sendNow(content)
    }
    if (next > 0) this.#queue.splice(0, next)
  }

  #dropQueue(): void {
    this.#queue = []
    this.#queuedBytes = 0
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      const error = handlerThrew(this, thrown)
      this.#parts.failed(error)
      this.abort(error)
    }
  }
}
