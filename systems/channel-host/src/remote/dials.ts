// The servers that an agent in another process has had dialled: once, or kept.
import { TielineError } from 'tieline'
import type { AgentDial, ChannelHandlers, DialOptions } from '../agent.js'
import type { Message } from '../envelope/messages.js'
import { checkTexts } from '../faults.js'
import type { RemoteChannel } from './channel.js'
import type { Hosts } from './hosts.js'

interface RemoteDial {
  readonly request: number
  readonly url: string
  readonly options: DialOptions
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  settled: boolean
  channel: RemoteChannel | undefined
}

export class RemoteDials {
  readonly #hosts: Hosts
  readonly #dials = new Map<number, RemoteDial>()
  #lastRequest = 0

  constructor(hosts: Hosts) {
    this.#hosts = hosts
  }

  async connect(url: string, options: DialOptions = {}): Promise<AgentDial> {
    const { signal, userId, token, subprotocol } = options
    checkTexts({ url, userId, token, subprotocol })
    signal?.throwIfAborted()
    const request = ++this.#lastRequest
    let stop: () => void = () => {}
    const entry = await new Promise<RemoteDial>((resolve, reject) => {
      const one: RemoteDial = {
        request,
        url,
        options,
        settled: false,
        channel: undefined,
        resolve: () => resolve(one),
        reject,
      }
      stop = () => {
        this.#forget(one)
        reject(signal?.reason)
      }
      this.#dials.set(request, one)
      signal?.addEventListener('abort', stop, { once: true })
      this.#dial(one)
    }).finally(() => signal?.removeEventListener('abort', stop))
    return {
      url,
      get channel() {
        return entry.channel
      },
      close: async () => {
        const { channel } = entry
        this.#forget(entry)
        await channel?.close()
      },
    }
  }

  #dial({ request, url, options }: RemoteDial): void {
    const { userId = '', token = '', subprotocol = '', reconnect = false } = options
    const asked = { request, url, userId, token, subprotocol, reconnect }
    this.#hosts.connected().link.send({ kind: 'PortConnect', ...asked })
  }

  /** Dials no more; a channel that is open is closed by its owner. */
  #forget(entry: RemoteDial): void {
    if (!this.#dials.delete(entry.request)) return
    this.#hosts.now?.link.send({ kind: 'PortDisconnect', request: entry.request })
  }

  /** There is a new connection: those that wait and those that are kept are dialled again. */
  attached(): void {
    for (const entry of this.#dials.values()) this.#dial(entry)
  }

  /** The connection is gone. `again`: another will come. */
  detached(error: Error, again: boolean): void {
    for (const entry of [...this.#dials.values()]) {
      if (again && entry.options.reconnect) continue
      this.#dials.delete(entry.request)
      if (!entry.settled) entry.reject(error)
      else if (entry.options.reconnect) this.#hosts.tellLost(entry.options, error)
    }
  }

  /** Gives all of them up; their channels are closed by their owner. */
  close(): void {
    for (const entry of [...this.#dials.values()]) this.#forget(entry)
  }

  answered(message: Message & { kind: 'PortConnectResult' }): void {
    const { request, channel: number } = message
    const entry = this.#dials.get(request)
    if (entry === undefined) {
      // It was given up meanwhile.
      const why = { code: 'unavailable', message: 'the agent gave it up' }
      if (number !== 0)
        this.#hosts.now?.link.send({ kind: 'CloseChannel', channel: number, ...why })
      return
    }
    const { options } = entry
    if (number === 0) {
      this.#dials.delete(request)
      const error = new TielineError(message.code, message.message, { origin: 'channel' })
      if (entry.settled) this.#hosts.tellLost(options, error)
      else entry.reject(error)
      return
    }
    const settled = entry.settled
    entry.settled = true
    const handlers: ChannelHandlers = {
      opened: (channel) => options.opened?.(channel),
      message: (channel, content) => options.message?.(channel, content),
      drained: (channel) => options.drained?.(channel),
      closed: (channel, why) => {
        if (entry.channel === channel) entry.channel = undefined
        if (!options.reconnect) this.#dials.delete(request)
        options.closed?.(channel, why)
      },
    }
    entry.channel = this.#hosts.open(number, 0, options.userId ?? '', handlers)
    if (!settled) entry.resolve()
  }
}
