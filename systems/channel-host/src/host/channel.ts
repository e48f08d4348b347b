// One client of the host: a WebSocket with a number, and the agent that is told of it.
import type { Clock, Limits } from 'tieline'
import { TielineError } from 'tieline'
import type { Channel, CloseInfo } from 'tieline/channel'
import type { AgentChannel, ChannelHandlers } from '../agent.js'
import { ownCopy } from '../envelope/content.js'
import { channelClosed, checkSend, handlerThrew } from '../faults.js'

export interface HostChannelParts {
  readonly number: number
  readonly port: number
  readonly userId: string
  readonly socket: Channel
  readonly handlers: ChannelHandlers
  /** The handlers are ours: they use a message up before they return, and are lent it. */
  readonly lends: boolean
  readonly limits: Limits
  readonly clock: Clock
  readonly failed: (error: Error) => void
  /** It is closed, and its agent has been told. */
  readonly over: (channel: HostChannel, why: CloseInfo) => void
}

/** Milliseconds between two looks at whether all is sent. 5: a client of this machine takes as long. */
const LOOK_MS = 5

export class HostChannel implements AgentChannel {
  readonly number: number
  readonly port: number
  readonly userId: string
  readonly #parts: HostChannelParts
  #ending = false
  #over = false
  #closing: Promise<void> | undefined

  constructor(parts: HostChannelParts) {
    this.#parts = parts
    this.number = parts.number
    this.port = parts.port
    this.userId = parts.userId
  }

  /** Tells the agent of it, then of what the client says. */
  start(): void {
    const { handlers, socket } = this.#parts
    this.#guard(() => handlers.opened?.(this))
    socket.open({
      message: (chunk) => this.#message(chunk),
      drained: () => this.#guard(() => handlers.drained?.(this)),
      closed: (why) => this.#closed(why),
    })
  }

  get buffered(): number {
    return this.#parts.socket.buffered
  }

  send(message: Uint8Array): boolean {
    if (this.#ending || this.#over) throw channelClosed(this)
    checkSend(this, message, this.#parts.limits)
    return this.#parts.socket.send(message)
  }

  pause(): void {
    this.#parts.socket.pause()
  }

  resume(): void {
    this.#parts.socket.resume()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#ending = true
    const { clock, limits, socket } = this.#parts
    const stop = new AbortController()
    const timer = clock.after(limits.drainMs, () => stop.abort(this.#tooSlow()))
    await socket.close({ signal: stop.signal })
    timer.cancel()
  }

  abort(reason: Error): void {
    this.#ending = true
    this.#parts.socket.abort(reason)
  }

  /** Sends what waits, then ends it for that reason. Resolves when that is under way. */
  async leave(reason: Error): Promise<void> {
    this.#ending = true
    const { clock, limits } = this.#parts
    const until = clock.now() + limits.drainMs
    const wait = (run: () => void) => clock.after(LOOK_MS, run).hold(true)
    while (!this.#over && this.buffered > 0 && clock.now() < until) {
      await new Promise<void>(wait)
    }
    this.#parts.socket.abort(reason)
  }

  #message(chunk: Uint8Array): void {
    if (this.#ending) return
    try {
      const { handlers, lends } = this.#parts
      // The transport lends it; an agent may keep it.
      handlers.message?.(this, lends ? chunk : ownCopy(chunk))
    } catch (thrown) {
      this.#threw(thrown)
    }
  }

  #closed(why: CloseInfo): void {
    this.#over = true
    try {
      this.#parts.handlers.closed?.(this, why)
    } catch (thrown) {
      this.#parts.failed(handlerThrew(this, thrown))
    }
    this.#parts.over(this, why)
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      this.#threw(thrown)
    }
  }

  #threw(thrown: unknown): void {
    const error = handlerThrew(this, thrown)
    this.#parts.failed(error)
    this.abort(error)
  }

  #tooSlow(): TielineError {
    const { drainMs } = this.#parts.limits
    const message = `channel ${this.number}: the client did not take what waits within ${drainMs} ms`
    return new TielineError('deadline-exceeded', message, { origin: 'channel' })
  }
}
