// An agent in the host's process. The host's end of an agent in another process is written on this one.
import { TielineError, toError } from 'tieline'
import type { Channel } from 'tieline/channel'
import type { Listener } from 'tieline/transport'
import type { Agent, AgentPort, ChannelHandlers, DialOptions, PortOptions } from '../agent.js'
import { agentClosed, checkPort, checkTexts } from '../faults.js'
import { HostChannel } from './channel.js'
import type { HostCore } from './core.js'
import { HostDial } from './dial.js'

interface OpenPort extends AgentPort {
  readonly options: PortOptions
}

export interface LocalAgentHooks {
  /** It has ended. */
  ended(agent: LocalAgent): void
  /** A channel is closed; the number is the caller's to free. Without it, it is freed here. */
  freed?(number: number): void
  /** See HostChannelParts. */
  readonly lends?: boolean
}

export class LocalAgent implements Agent {
  readonly #core: HostCore
  readonly #hooks: LocalAgentHooks
  readonly #ports = new Map<number, OpenPort>()
  readonly #dials = new Set<HostDial>()
  readonly #channels = new Set<HostChannel>()
  #ended = false
  #closing: Promise<void> | undefined
  #waiting: (() => void)[] = []

  constructor(core: HostCore, hooks: LocalAgentHooks) {
    this.#core = core
    this.#hooks = hooks
  }

  get ports(): readonly AgentPort[] {
    return [...this.#ports.values()]
  }

  get channels(): ReadonlySet<HostChannel> {
    return this.#channels
  }

  async listen(port: number, options: PortOptions = {}): Promise<AgentPort> {
    checkPort(port)
    const { userId = '' } = options
    checkTexts({ userId })
    this.#check()
    if (port !== 0) this.#core.claim(port, userId)
    let bound: Listener
    try {
      bound = await this.#bind(port, options)
    } catch (error) {
      if (port !== 0) this.#core.release(port)
      throw error
    }
    const found = Number(new URL(bound.endpoint.replace(/^ws/, 'http')).port) || port
    if (port === 0) this.#core.claim(found, userId)
    if (this.#ended) {
      await this.#unbind(found, bound)
      throw agentClosed()
    }
    let ignoring: Promise<void> | undefined
    const open: OpenPort = {
      port: found,
      userId,
      endpoint: bound.endpoint,
      options,
      ignore: () => {
        // Once: the number may be another port's by the second time.
        if (ignoring === undefined) this.#ports.delete(found)
        ignoring ??= this.#unbind(found, bound)
        return ignoring
      },
    }
    this.#ports.set(found, open)
    return open
  }

  #bind(port: number, options: PortOptions): Promise<Listener> {
    let found = port
    const bound = this.#core.server(port).listen({
      limits: this.#core.limits,
      failed: this.#core.failed,
      accept: (channel) => this.adopt(channel, found, options),
    })
    return bound.then((listener) => {
      found = Number(new URL(listener.endpoint.replace(/^ws/, 'http')).port) || port
      return listener
    })
  }

  async #unbind(port: number, bound: Listener): Promise<void> {
    await bound.close()
    this.#core.release(port)
  }

  async connect(url: string, options: DialOptions = {}): Promise<HostDial> {
    this.#check()
    const { userId, token, subprotocol } = options
    checkTexts({ url, userId, token, subprotocol })
    const dial = new HostDial(this.#core, this, url, options)
    this.#dials.add(dial)
    try {
      await dial.dial()
    } catch (error) {
      this.#dials.delete(dial)
      throw error
    }
    return dial
  }

  /** Gives a WebSocket a number and tells the agent of it. Undefined when there is no number left. */
  adopt(
    socket: Channel,
    port: number,
    handlers: ChannelHandlers & { readonly userId?: string },
    lost?: () => void,
  ): HostChannel | undefined {
    const number = this.#ended ? undefined : this.#core.numbers.take()
    if (number === undefined) {
      const what = this.#ended ? agentClosed() : noNumber()
      if (!this.#ended) this.#core.failed(what)
      socket.open({ message() {}, drained() {}, closed: () => lost?.() })
      socket.abort(what)
      return undefined
    }
    const channel = new HostChannel({
      number,
      port,
      userId: handlers.userId ?? '',
      socket,
      handlers,
      lends: this.#hooks.lends ?? false,
      limits: this.#core.limits,
      clock: this.#core.clock,
      failed: this.#core.failed,
      over: (closed) => {
        this.#closed(closed)
        lost?.()
      },
    })
    this.#channels.add(channel)
    channel.start()
    return channel
  }

  #closed(channel: HostChannel): void {
    this.#channels.delete(channel)
    if (this.#hooks.freed === undefined) this.#core.numbers.free(channel.number)
    else this.#hooks.freed(channel.number)
    if (this.#channels.size > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  forget(dial: HostDial): void {
    this.#dials.delete(dial)
  }

  tellLost(options: { lost?(error: Error): void }, error: Error): void {
    try {
      options.lost?.(error)
    } catch (thrown) {
      // It is over for the port in any case; that its agent failed is told.
      this.#core.failed(toError(thrown))
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end((channel) => channel.close())
    return this.#closing
  }

  abort(reason: Error): void {
    // The promise is that of the last `closed`; nobody asked for it.
    void this.#end(async (channel) => channel.abort(reason))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** It is not the agent's doing: what waits is sent, clients are told 1001, and the agent is told of its ports. */
  leave(reason: Error): Promise<void> {
    const ports = [...this.#ports.values()]
    const left = this.#end((channel) => channel.leave(reason))
    for (const { options } of ports) this.tellLost(options, reason)
    return left
  }

  async #end(endOne: (channel: HostChannel) => Promise<void>): Promise<void> {
    const first = !this.#ended
    this.#ended = true
    const unbound = [...this.#ports.values()].map((port) => port.ignore())
    for (const dial of this.#dials) dial.stop(agentClosed())
    for (const channel of this.#channels) void endOne(channel)
    await Promise.all(unbound)
    if (this.#channels.size > 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (first) this.#hooks.ended(this)
  }

  #check(): void {
    if (this.#ended) throw agentClosed()
  }
}

/** Why a client is turned away; its code becomes 1013. */
function noNumber(): TielineError {
  const message = 'a client was turned away: all 65535 channel numbers are taken'
  return new TielineError('resource-exhausted', message, { origin: 'channel' })
}
