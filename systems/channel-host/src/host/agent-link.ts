// The host's end of an agent in another process: an agent like any other, that is told what to do by
// messages and passes on what it is told.
import { isTielineError, TielineError, toError } from 'tieline'
import type { Channel, CloseInfo } from 'tieline/channel'
import type { AgentChannel, AgentDial } from '../agent.js'
import { PortListenResultCode } from '../envelope/generated/channel_host.js'
import { Link } from '../envelope/link.js'
import { type Message, VERSION } from '../envelope/messages.js'
import { codeOf } from '../faults.js'
import type { HostCore } from './core.js'
import { LinkedChannels, type Told } from './linked-channels.js'
import { LocalAgent } from './local-agent.js'

export class AgentLink {
  readonly #core: HostCore
  readonly #link: Link
  readonly #agent: LocalAgent
  readonly #channels: LinkedChannels
  readonly #dials = new Map<number, { stop: AbortController; dial?: AgentDial }>()
  #listens: Promise<void> = Promise.resolve()
  #waiting = 0
  #leaving: Promise<void> | undefined

  constructor(core: HostCore, channel: Channel, ended: (link: AgentLink) => void) {
    this.#core = core
    const { limits, clock } = core
    this.#link = new Link(
      channel,
      { limits, clock, name: 'an agent' },
      {
        message: (message) => this.#take(message),
        drained: () => this.#channels.resumeAll(),
        closed: (why) => this.#lost(why, ended),
      },
    )
    this.#channels = new LinkedChannels(core, this.#link, (what) => this.#fail(what))
    this.#agent = new LocalAgent(core, {
      ended() {},
      freed: (number) => this.#channels.freed(number),
      lends: true,
    })
  }

  get agent(): LocalAgent {
    return this.#agent
  }

  start(): void {
    const { frameBytes: messageBytes, queuedBytes } = this.#core.limits
    const endpoint = this.#core.endpoint(0)
    this.#link.start()
    this.#link.send({ kind: 'Welcome', version: VERSION, endpoint, messageBytes, queuedBytes })
  }

  /** Ends it with its channels; what waits is sent. */
  async close(reason: Error): Promise<void> {
    this.#leaving ??= this.#agent.leave(reason)
    await this.#leaving
    await this.#link.close()
  }

  abort(reason: Error): void {
    this.#agent.abort(reason)
    this.#link.abort(reason)
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'MessageToRemote':
        this.#channels.send(message.channel, message.content)
        break
      case 'PortListen':
        this.#listen(message.port, message.userId)
        break
      case 'PortIgnore':
        this.#ignore(message.port, message.userId)
        break
      case 'CloseChannel':
        this.#channels.closeOne(message)
        break
      case 'Pause':
      case 'Resume':
        this.#channels.pauseOne(message.channel, message.kind === 'Pause')
        break
      case 'PortConnect':
        this.#connect(message)
        break
      case 'PortDisconnect':
        this.#disconnect(message.request)
        break
      case 'Unknown': {
        const text = `this host knows no message of type ${message.type}`
        this.#fail({ code: 'unsupported', message: text })
        break
      }
      default: {
        const text = `an agent sent ${message.kind}, which is a host's to send`
        this.#link.abort(new TielineError('malformed', text, { origin: 'protocol' }))
      }
    }
  }

  #listen(port: number, userId: string): void {
    if (!this.#admit('PortListen')) return
    // One after another, so that the results come in the order of the requests.
    this.#listens = this.#listens.then(async () => {
      const result = await this.#listenNow(port, userId)
      this.#waiting -= 1
      this.#link.send({ kind: 'PortListenResult', ...result })
    })
  }

  async #listenNow(port: number, userId: string) {
    try {
      const open = await this.#agent.listen(port, {
        userId,
        ...this.#channels.handlers((channel) => {
          const { number, port: at } = channel
          this.#link.send({ kind: 'Opened', port: at, userId, channel: number })
        }),
      })
      return { port: open.port, userId, result: PortListenResultCode.Success }
    } catch (thrown) {
      const error = toError(thrown)
      this.#fail({ port, userId, code: codeOf(error), message: error.message })
      return { port, userId, result: resultOf(error) }
    }
  }

  #ignore(port: number, userId: string): void {
    const open = this.#agent.ports.find((one) => one.port === port && one.userId === userId)
    if (open === undefined) {
      const text = `agent '${userId}' does not listen on port ${port}`
      this.#fail({ port, userId, code: 'unknown-port', message: text })
      return
    }
    void open.ignore().then(() => this.#link.send({ kind: 'PortIgnored', port, userId }))
  }

  #connect(message: Message & { kind: 'PortConnect' }): void {
    const { request, url, userId, token, subprotocol, reconnect } = message
    if (!this.#admit('PortConnect')) return
    if (this.#dials.has(request)) {
      const text = `request ${request} is used already`
      this.#waiting -= 1
      this.#fail({ userId, code: 'invalid-argument', message: text })
      return
    }
    const stop = new AbortController()
    const dialling: { stop: AbortController; dial?: AgentDial } = { stop }
    this.#dials.set(request, dialling)
    const gaveUp = (error: Error) => {
      this.#dials.delete(request)
      const text = error.message
      const why = { code: codeOf(error), message: text }
      this.#link.send({ kind: 'PortConnectResult', request, channel: 0, ...why })
    }
    const handlers = this.#channels.handlers(({ number: channel }) => {
      this.#link.send({ kind: 'PortConnectResult', request, channel, code: '', message: '' })
    })
    const options = {
      ...handlers,
      closed: (channel: AgentChannel, why: CloseInfo) => {
        handlers.closed(channel, why)
        if (!reconnect) this.#dials.delete(request)
      },
      userId,
      reconnect,
      signal: stop.signal,
      lost: gaveUp,
      ...(token === '' ? {} : { token }),
      ...(subprotocol === '' ? {} : { subprotocol }),
    }
    this.#agent
      .connect(url, options)
      .then((dial) => {
        dialling.dial = dial
      }, gaveUp)
      .finally(() => {
        this.#waiting -= 1
      })
  }

  #disconnect(request: number): void {
    const dialling = this.#dials.get(request)
    if (dialling === undefined) return
    this.#dials.delete(request)
    dialling.stop.abort(new TielineError('cancelled', 'the agent gave it up'))
    void dialling.dial?.close()
  }

  /** Whether a request may wait for its answer beside those that do. */
  #admit(what: string): boolean {
    const { calls } = this.#core.limits
    this.#waiting += 1
    if (this.#waiting <= calls) return true
    const message = `an agent has too many requests open with ${what}; the limit calls is ${calls}`
    this.#link.abort(new TielineError('resource-exhausted', message, { origin: 'channel' }))
    return false
  }

  #fail(what: Told): void {
    this.#link.send({ kind: 'Failure', port: 0, userId: '', channel: 0, ...what })
  }

  #lost({ error }: CloseInfo, ended: (link: AgentLink) => void): void {
    if (error !== undefined) this.#core.failed(this.#brokeOff(error))
    this.#channels.freeAll()
    for (const { stop } of this.#dials.values()) stop.abort(gone())
    void this.#agent.leave(gone()).then(() => ended(this))
  }

  /** A lost connection in the host's words; the system's (read ECONNRESET) are its cause. */
  #brokeOff(error: Error): Error {
    if (!isTielineError(error, 'connection-lost')) return error
    const ports = this.#agent.ports.map(({ port }) => port).join(', ')
    const which = ports === '' ? 'an agent' : `the agent of port ${ports}`
    const message = `${which} is gone without closing: its process was killed, or crashed`
    return new TielineError(error.code, message, { origin: 'channel', cause: error })
  }
}

/** Clients are told 1001: going away. */
function gone(): TielineError {
  return new TielineError('unavailable', 'the agent is gone', { origin: 'channel' })
}

function resultOf(error: Error): PortListenResultCode {
  if (isTielineError(error, 'endpoint-in-use')) return PortListenResultCode.InUseFailure
  if (isTielineError(error, 'permission-denied')) return PortListenResultCode.NoPermissionFailure
  return PortListenResultCode.GeneralFailure
}
