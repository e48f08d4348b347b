// The channels of an agent in another process: what goes each way on them, how much the agent may send
// before a client has taken it, and when a number may be given again.
import { TielineError, toError } from 'tieline'
import type { CloseInfo } from 'tieline/channel'
import type { AgentChannel, ChannelHandlers } from '../agent.js'
import type { Link } from '../envelope/link.js'
import { costOf, type Message } from '../envelope/messages.js'
import { codeOf } from '../faults.js'
import { ClosedNumbers } from './closed-numbers.js'
import type { HostCore } from './core.js'

/**
 * Bytes waiting for an agent that does not read from which on none of its clients is read. 1 MiB: a few
 * reads of a few busy clients.
 */
const HOLD_ALL_BYTES = 1024 * 1024

/** A channel as its link keeps count of it. */
interface Linked {
  readonly channel: AgentChannel
  /** What the agent has sent and has not been given back. */
  owed: number
  /** The client does not take it as fast. */
  slow: boolean
  /** The agent wants no messages for now. */
  paused: boolean
  /** The agent will send nothing more. */
  closing: boolean
}

/** What a Failure says; the rest is 0 or missing. */
export interface Told {
  readonly port?: number
  readonly userId?: string
  readonly channel?: number
  readonly code: string
  readonly message: string
}

export class LinkedChannels {
  readonly #core: HostCore
  readonly #link: Link
  readonly #fail: (what: Told) => void
  readonly #channels = new Map<number, Linked>()
  readonly #closed: ClosedNumbers
  /** Channels that are not read, because the way to the agent was full. */
  readonly #held = new Set<number>()
  /** Channels that have more coming than their client takes, from an agent that does not count. */
  readonly #over = new Set<number>()

  constructor(core: HostCore, link: Link, fail: (what: Told) => void) {
    this.#core = core
    this.#link = link
    this.#fail = fail
    this.#closed = new ClosedNumbers(core.numbers, core.clock)
  }

  /** What every channel of this link is handled by; `announce` tells the agent of a new one. */
  handlers(announce: (channel: AgentChannel) => void) {
    return {
      opened: (channel: AgentChannel) => {
        const { number } = channel
        this.#channels.set(number, {
          channel,
          owed: 0,
          slow: false,
          paused: false,
          closing: false,
        })
        announce(channel)
        const bytes = this.#core.limits.windowBytes
        this.#link.send({ kind: 'Credit', channel: number, bytes })
        if (!this.#link.writable) this.#hold(channel)
      },
      message: (channel: AgentChannel, content: Uint8Array) => {
        const { number } = channel
        const lent = true
        if (this.#link.send({ kind: 'MessageFromRemote', channel: number, content, lent })) return
        // What is full is the way to this agent: none of its clients can be read further. Those that
        // send nothing are left alone as long as what waits is small: there may be thousands of them.
        this.#hold(channel)
        if (this.#link.waiting > HOLD_ALL_BYTES) this.#holdAll()
      },
      drained: ({ number }: AgentChannel) => this.#drained(number),
      closed: ({ number }: AgentChannel, why: CloseInfo) => {
        const { error } = why
        const told = { code: error ? codeOf(error) : '', message: error?.message ?? '' }
        const byAgent = why.by === 'local'
        this.#link.send({ kind: 'ChannelClosed', channel: number, byAgent, ...told })
      },
    } satisfies ChannelHandlers
  }

  /** After the agent has been told `closed`: whether anything of the channel can still be on its way. */
  freed(number: number): void {
    const linked = this.#channels.get(number)
    this.#channels.delete(number)
    this.#held.delete(number)
    this.#settle(number)
    if (!this.#link.isOpen || linked?.closing) this.#core.numbers.free(number)
    else this.#closed.add(number)
  }

  send(number: number, content: Uint8Array): void {
    const linked = this.#channels.get(number)
    if (linked === undefined) {
      this.#unknown(number)
      return
    }
    // Whoever counts has stopped before this.
    const uncounted = linked.owed >= this.#core.limits.windowBytes
    try {
      linked.owed += costOf(content)
      if (!linked.channel.send(content)) linked.slow = true
    } catch (thrown) {
      const error = toError(thrown)
      this.#fail({ channel: number, code: codeOf(error), message: error.message })
    }
    if (!linked.slow) this.#giveBack(linked)
    else if (uncounted && !this.#over.has(number)) {
      this.#over.add(number)
      this.#link.pause()
    }
  }

  /** Half the window at once: often enough that the agent goes on, rarely enough to cost nothing. */
  #giveBack(linked: Linked): void {
    if (2 * linked.owed < this.#core.limits.windowBytes) return
    const bytes = linked.owed
    linked.owed = 0
    this.#link.send({ kind: 'Credit', channel: linked.channel.number, bytes })
  }

  #drained(number: number): void {
    const linked = this.#channels.get(number)
    if (linked === undefined) return
    linked.slow = false
    this.#giveBack(linked)
    this.#settle(number)
  }

  /** It no longer holds up the reading of the whole agent. */
  #settle(number: number): void {
    if (this.#over.delete(number) && this.#over.size === 0) this.#link.resume()
  }

  closeOne({ channel: number, code, message }: Message & { kind: 'CloseChannel' }): void {
    const linked = this.#channels.get(number)
    if (linked === undefined) {
      if (!this.#closed.known(number)) this.#unknown(number)
      return
    }
    linked.closing = true
    if (code === '') void linked.channel.close()
    else linked.channel.abort(new TielineError(code, message))
  }

  pauseOne(number: number, paused: boolean): void {
    const linked = this.#channels.get(number)
    // It crossed with the channel's end.
    if (linked === undefined) return
    linked.paused = paused
    if (paused) linked.channel.pause()
    else if (!this.#held.has(number)) linked.channel.resume()
  }

  /** There is room on the way to the agent again. */
  resumeAll(): void {
    for (const number of this.#held) {
      // It is full again. What is left waits for the next time, and comes first then.
      if (!this.#link.writable) return
      this.#held.delete(number)
      const linked = this.#channels.get(number)
      if (linked !== undefined && !linked.paused) linked.channel.resume()
    }
  }

  #hold(channel: AgentChannel): void {
    this.#held.add(channel.number)
    channel.pause()
  }

  #holdAll(): void {
    if (this.#held.size >= this.#channels.size) return
    for (const { channel } of this.#channels.values()) this.#hold(channel)
  }

  #unknown(channel: number): void {
    const message = `there is no channel ${channel} of this agent`
    this.#fail({ channel, code: 'unknown-channel', message })
  }

  /** The agent is gone: nothing of it is on its way any more. */
  freeAll(): void {
    this.#closed.freeAll()
  }
}
