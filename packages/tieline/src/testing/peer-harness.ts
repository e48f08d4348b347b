// Two peers on a pair of channels for the peer suite, with a clock turned by hand, handlers by name,
// and the check at the end that nothing is left of them.
import { expect, test } from 'vitest'
import type { Channel, ChannelSink } from '../channel/channel.js'
import type { Protocol } from '../dialect/dialect.js'
import type { Envelope, Request, WireError } from '../dialect/envelope.js'
import { fail } from '../errors.js'
import type { Call, Service } from '../peer/call.js'
import type { CallFinishedEvent, DropEvent, HandlerFailedEvent, Observer } from '../peer/index.js'
import { Peer, type PeerOptions } from '../peer/index.js'
import { FakeClock, settled } from './fake-clock.js'

export type Handlers = Readonly<Record<string, (params: unknown, call: Call) => unknown>>
export type ChannelPair = readonly [Channel, Channel]

/** What `peerSuite` makes its peers of. */
export interface PeerSuiteParts {
  readonly protocol: () => Protocol
  /** Two connected channels that are not open yet. Called for each test. */
  readonly pair: () => ChannelPair | Promise<ChannelPair>
}

/** What was observed of one side. */
export interface Seen {
  readonly finished: CallFinishedEvent[]
  readonly dropped: DropEvent[]
  readonly failed: HandlerFailedEvent[]
  closed: number
}

export interface Side {
  readonly peer: Peer
  readonly seen: Seen
  readonly gate: Gate
}

export interface Conversation {
  readonly client: Peer
  readonly server: Peer
  readonly clock: FakeClock
  readonly at: { readonly client: Side; readonly server: Side }
}

type SideOptions = Partial<Omit<PeerOptions, 'protocol' | 'role' | 'service' | 'clock'>> & {
  handlers?: Handlers
}

/** Handlers by name; anything else is an unknown method. */
export function serviceOf(handlers: Handlers): Service {
  const byName = new Map(Object.entries(handlers))
  return (call) => {
    const handler = byName.get(call.method)
    if (!handler) throw fail('unknown-method', `unknown method: ${call.method}`)
    return handler(one(call.params), call)
  }
}

/** Positional dialects carry one value as a list of one. */
function one(params: unknown): unknown {
  return Array.isArray(params) && params.length === 1 ? params[0] : params
}

const REQUEST: Request = {
  kind: 'request',
  id: 1,
  method: 'm',
  params: [],
  window: undefined,
  timeout: undefined,
  meta: undefined,
}

export class PeerHarness {
  readonly #parts: PeerSuiteParts
  readonly #peers: Side[] = []
  readonly #clocks: FakeClock[] = []

  constructor(parts: PeerSuiteParts) {
    this.#parts = parts
  }

  get can() {
    return this.#parts.protocol().dialect().can
  }

  /** Whether the dialect brings an error's code and data over the wire, or its message alone. */
  get hasErrorCodes(): boolean {
    const error: WireError = { code: 'some-code', message: 'text', data: { a: 1 } }
    // Asked first: some dialects answer only what was asked.
    const there = this.#through(REQUEST, { kind: 'error', id: 1, error }).at(-1)
    return there?.kind === 'error' && there.error.code === 'some-code'
  }

  /** Whether metadata and timeouts cross. */
  get hasMeta(): boolean {
    const [there] = this.#through({ ...REQUEST, timeout: 5, meta: { a: 'b' } })
    return there?.kind === 'request' && there.meta?.['a'] === 'b'
  }

  /** Two peers that are ready. `both` goes for either side. */
  async open(
    server: SideOptions = {},
    client: SideOptions = {},
    both: SideOptions = {},
  ): Promise<Conversation> {
    const { clock, at } = await this.unready(server, client, both)
    await Promise.all([at.client.peer.ready, at.server.peer.ready])
    return { clock, at, client: at.client.peer, server: at.server.peer }
  }

  /** The same, not waited for. */
  async unready(
    server: SideOptions = {},
    client: SideOptions = {},
    both: SideOptions = {},
  ): Promise<Conversation> {
    const clock = new FakeClock(1000)
    this.#clocks.push(clock)
    const [left, right] = await this.#parts.pair()
    const ofServer = this.#side(right, 'server', { ...both, ...server }, clock)
    const ofClient = this.#side(left, 'client', { ...both, ...client }, clock)
    const at = { client: ofClient, server: ofServer }
    return { clock, at, client: ofClient.peer, server: ofServer.peer }
  }

  /** Ends all peers and asserts that nothing is left of them. */
  async end(): Promise<void> {
    for (const { peer } of this.#peers) peer.abort()
    for (const { peer, seen } of this.#peers) {
      await peer.closed
      expect(peer.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
      expect(peer.state).toBe('closed')
      expect(seen.closed).toBe(1)
    }
    this.#peers.length = 0
    await settled()
    for (const clock of this.#clocks.splice(0)) expect(clock.timers).toBe(0)
  }

  #side(channel: Channel, role: 'client' | 'server', options: SideOptions, clock: FakeClock): Side {
    const { handlers = {}, observe, ...rest } = options
    const seen: Seen = { finished: [], dropped: [], failed: [], closed: 0 }
    const observer: Observer = {
      finished: (event) => seen.finished.push(event),
      dropped: (event) => seen.dropped.push(event),
      handlerFailed: (event) => seen.failed.push(event),
      closed: () => seen.closed++,
      ...observe,
    }
    const gate = new Gate(channel)
    const peer = new Peer(gate, {
      heartbeat: false,
      ...rest,
      role,
      clock,
      protocol: this.#parts.protocol(),
      service: serviceOf(handlers),
      observe: observer,
    })
    const side = { peer, seen, gate }
    this.#peers.push(side)
    return side
  }

  #through(...envelopes: Envelope[]): Envelope[] {
    const dialect = this.#parts.protocol().dialect()
    const there: Envelope[] = []
    for (const envelope of envelopes) {
      dialect.write(envelope, (value) => dialect.read(value, (read) => there.push(read)))
    }
    return there
  }
}

/** A channel whose owner can be made deaf: what comes then is lost, as from one who says nothing. */
export class Gate implements Channel {
  readonly unit: 'bytes' | 'message'
  readonly remote: Channel['remote']
  /** Bytes that went out. */
  sent = 0
  /** The other side's bytes are thrown away. */
  deaf = false
  /** The channel does not read for its owner, whatever the owner says. */
  #stuck = false
  readonly #channel: Channel

  constructor(channel: Channel) {
    this.#channel = channel
    this.unit = channel.unit
    this.remote = channel.remote
  }

  get buffered(): number {
    return this.#channel.buffered
  }

  /** Reads no more, as a process under SIGSTOP. Or reads again. */
  stick(stuck: boolean): void {
    this.#stuck = stuck
    if (stuck) this.#channel.pause()
    else this.#channel.resume()
  }

  open(sink: ChannelSink): void {
    const room = sink.room?.bind(sink)
    this.#channel.open({
      message: (chunk) => {
        if (!this.deaf) sink.message(chunk)
      },
      drained: () => sink.drained(),
      closed: (why) => sink.closed(why),
      ...(room && { room: () => (this.deaf ? undefined : room()) }),
    })
  }

  send(data: Uint8Array | readonly Uint8Array[]): boolean {
    for (const chunk of data instanceof Uint8Array ? [data] : data) this.sent += chunk.length
    return this.#channel.send(data)
  }

  pause(): void {
    this.#channel.pause()
  }

  resume(): void {
    if (!this.#stuck) this.#channel.resume()
  }

  hold(alive: boolean): void {
    this.#channel.hold(alive)
  }

  close(options?: { signal?: AbortSignal }): Promise<void> {
    return this.#channel.close(options)
  }

  abort(reason: Error): void {
    this.#channel.abort(reason)
  }
}

/** A test of what only some dialects can. It is left out elsewhere, not skipped: nothing is missing there. */
export function testIf(holds: boolean | undefined) {
  return (name: string, run: () => Promise<void>): void => {
    if (holds) test(name, run)
  }
}

/** Waits until it is so, through real I/O where the channels have some. Fails after thirty seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it did not come to this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** The error a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Record<string, unknown>
  }
  throw new Error('it was expected to reject, and did not')
}

/** A promise to be settled from outside. */
export function later<T = void>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Waits until that signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
