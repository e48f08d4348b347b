// One live, symmetric conversation over a channel: either side calls, answers, notifies and streams.
import type { Channel, CloseInfo } from '../channel/channel.js'
import { type Duration, milliseconds } from '../clock.js'
import type { Protocol } from '../dialect/dialect.js'
import type { Hello } from '../dialect/envelope.js'
import type { Caller, CallOptions } from './call.js'
import { Conversation } from './conversation.js'
import type { PeerLoad, PeerOptions, PeerState } from './options.js'
import type { Reject } from './outgoing-call.js'

/**
 * One live conversation over a channel, the same on both sides: either calls, answers, notifies
 * and streams.
 */
export class Peer implements Caller {
  readonly #conversation: Conversation

  /** Takes a channel that is not open yet. Throws `invalid-argument` when the protocol cannot go over it. */
  constructor(channel: Channel, options: PeerOptions) {
    this.#conversation = new Conversation(channel, options, this)
  }

  get protocol(): Protocol {
    return this.#conversation.options.protocol
  }

  /** The channel's word on who is at the other end. */
  get identity(): Channel['remote'] {
    return this.#conversation.channel.remote
  }

  /** Resolves when calls can be made; rejects if it never comes to that. */
  get ready(): Promise<void> {
    return this.#conversation.ready
  }

  /** Resolves when no more calls can be made: a side closes the connection, or it has ended. */
  get draining(): Promise<void> {
    return this.#conversation.draining
  }

  /** Resolves once, when the conversation is over. */
  get closed(): Promise<CloseInfo> {
    return this.#conversation.ended
  }

  /** The other side's hello: what it serves and expects. Undefined before `ready`, and where the dialect has none. */
  get remote(): Hello | undefined {
    return this.#conversation.remote
  }

  /** `draining` when either side is closing the connection. */
  get state(): PeerState {
    return this.#conversation.state
  }

  get load(): PeerLoad {
    return this.#conversation.load
  }

  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => this.request(method, params, options, resolve, reject))
  }

  /** A call whose end is told to one of two functions, for callers that may want to do more about an error. See Reject. */
  request(
    method: string,
    params: unknown,
    options: CallOptions | undefined,
    resolve: (value: unknown) => void,
    reject: Reject,
  ): void {
    const conversation = this.#conversation
    const { greeting } = conversation
    if (greeting !== undefined) {
      const again = (left?: CallOptions) => this.request(method, params, left, resolve, reject)
      greeting.wait('call', method, options).then(again, reject)
      return
    }
    const refused = conversation.refusal(method)
    if (refused) reject(refused)
    else conversation.outgoing.call(method, params, options, resolve, reject)
  }

  /** Items as they come. The stream begins with the first `next`, and ends when the loop is left. */
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown> {
    const conversation = this.#conversation
    return conversation.outgoing.stream(method, params, options, () => {
      const { greeting } = conversation
      if (greeting !== undefined) return greeting.wait('stream', method, options)
      const refused = conversation.refusal(method)
      return refused && Promise.reject(refused)
    })
  }

  /** One way: nothing comes back. Throws where it cannot be sent. */
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void {
    const { connection, greeting, outgoing } = this.#conversation
    if (greeting !== undefined) {
      const refused = outgoing.notifyRefusal(method)
      if (refused) throw refused
      // The end of the connection, or of the wait, is all there is to tell, and `closed` tells it.
      const send = () => this.notify(method, params, options)
      const lost = () => connection.dropped('notification')
      greeting.wait('call', method, undefined).then(send).catch(lost)
      return
    }
    const refused = this.#conversation.notifyRefusal(method)
    if (refused) throw refused
    outgoing.notify(method, params, options?.meta)
  }

  /** The round trip to the other side's peer, in milliseconds. Rejects `unsupported` where the dialect has no ping. */
  async ping(options: { timeout?: Duration } = {}): Promise<number> {
    const conversation = this.#conversation
    const { connection, greeting } = conversation
    if (!connection.can('ping')) throw connection.unsupported('ping', 'ping')
    let timeout = milliseconds(options.timeout ?? connection.limits.callMs)
    if (greeting !== undefined) {
      const left = await greeting.wait('call', 'ping', { timeout })
      timeout = milliseconds(left?.timeout ?? 0)
    }
    const refused = conversation.refusal('ping')
    if (refused) throw refused
    const now = connection.clock.now()
    connection.alarm.by(now + timeout)
    return conversation.liveness.ask(now, timeout, () => {
      const message = `ping${connection.at}: no answer within ${timeout} ms`
      return connection.error('deadline-exceeded', message, { method: 'ping', sent: 'maybe' })
    })
  }

  /**
   * Drains, then closes: new calls are refused on both sides, what is in flight is finished until the
   * deadline (limit drainMs), what is written is flushed. May be called again, also with less time.
   * Rejects only for a `within` that is not a duration.
   */
  close(options?: { within?: Duration }): Promise<void> {
    return this.#conversation.close(options)
  }

  /** Ends the conversation now. Calls in flight reject, what is queued is dropped. Idempotent. */
  abort(reason?: Error): void {
    this.#conversation.abort(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#conversation.close()
  }
}
