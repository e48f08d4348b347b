// A server that an agent has dialled: once, or again after each loss.
import { isTielineError, TielineError, toError } from 'tieline'
import type { Channel } from 'tieline/channel'
import { Backoff } from 'tieline/connector'
import type { AgentDial, DialOptions } from '../agent.js'
import type { HostChannel } from './channel.js'
import type { HostCore } from './core.js'

/** What a second attempt does not mend. */
const FINAL = ['permission-denied', 'invalid-endpoint', 'invalid-argument']

/** The agent whose dial it is. */
export interface DialOwner {
  /** Gives a connection a number. `lost` is called when it is closed. Undefined: there was no number. */
  adopt(
    socket: Channel,
    port: number,
    options: DialOptions,
    lost: () => void,
  ): HostChannel | undefined
  forget(dial: HostDial): void
  tellLost(options: DialOptions, error: Error): void
}

export class HostDial implements AgentDial {
  readonly url: string
  readonly #core: HostCore
  readonly #agent: DialOwner
  readonly #options: DialOptions
  readonly #stop = new AbortController()
  readonly #backoff = new Backoff()
  #channel: HostChannel | undefined
  #since = 0

  constructor(core: HostCore, agent: DialOwner, url: string, options: DialOptions) {
    this.#core = core
    this.#agent = agent
    this.url = url
    this.#options = options
  }

  get channel(): HostChannel | undefined {
    return this.#channel
  }

  /** Resolves when it is connected. */
  async dial(): Promise<void> {
    const { signal } = this.#options
    const onAbort = () => this.#stop.abort(signal?.reason)
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#connect()
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    this.stop(new TielineError('cancelled', `dialling ${this.url} was given up`))
    await this.#channel?.close()
  }

  /** Dials no more. */
  stop(reason: Error): void {
    this.#stop.abort(reason)
    this.#agent.forget(this)
  }

  async #connect(): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      try {
        if (signal.aborted) throw toError(signal.reason)
        const socket = await this.#core.dial(this.url, this.#options, signal)
        this.#since = this.#core.clock.now()
        this.#channel = this.#agent.adopt(socket, 0, this.#options, () => this.#lost())
        return
      } catch (thrown) {
        const error = toError(thrown)
        if (signal.aborted) throw toError(signal.reason)
        const final = isTielineError(error) && FINAL.includes(error.code)
        if (!this.#options.reconnect || final) throw error
        await this.#wait(this.#backoff.next())
      }
    }
  }

  #lost(): void {
    this.#channel = undefined
    this.#backoff.stood(this.#core.clock.now() - this.#since)
    if (this.#stop.signal.aborted) return
    if (!this.#options.reconnect) {
      this.#agent.forget(this)
      return
    }
    const again = this.#wait(this.#backoff.next()).then(() => this.#connect())
    again.catch((error: Error) => {
      const asked = this.#stop.signal.aborted
      this.#agent.forget(this)
      if (!asked) this.#agent.tellLost(this.#options, error)
    })
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop
    return new Promise((resolve) => {
      const over = () => {
        timer.cancel()
        signal.removeEventListener('abort', over)
        resolve()
      }
      const timer = this.#core.clock.after(ms, over)
      timer.hold(true)
      signal.addEventListener('abort', over, { once: true })
      if (signal.aborted) over()
    })
  }
}
