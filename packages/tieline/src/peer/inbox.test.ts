import { afterEach, beforeEach, expect, test } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import type { Channel } from '../channel/index.js'
import type { Clock } from '../clock.js'
import { type Envelope, native } from '../dialect/index.js'
import { defaultLimits } from '../limits.js'
import { Inbox } from './inbox.js'
import { sharedTerms } from './terms.js'

/** Sixty thousand bytes of them: thirty looks at the clock. */
const MESSAGES = 5000

/** A channel that is only paused and resumed. */
class Input implements Channel {
  readonly unit = 'bytes'
  readonly remote = {}
  readonly buffered = 0
  paused = false
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  open(): void {}
  send(): boolean {
    return true
  }
  hold(): void {}
  abort(): void {}
  async close(): Promise<void> {}
}

let channel: Input
let inbox: Inbox
let other: Inbox
let read: Envelope[]
/** Every look at it is a millisecond later. */
let busy: Clock

beforeEach(() => {
  let now = 0
  busy = { now: () => ++now, after: never, soon: never }
  read = []
  channel = new Input()
  inbox = inboxOf(channel, read)
  other = inboxOf(new Input(), [])
})

afterEach(() => {
  inbox.close()
})

function never(): never {
  throw new Error('an inbox has no timers')
}

function inboxOf(input: Channel, into: Envelope[]): Inbox {
  const it: Inbox = new Inbox(input, sharedTerms(native(), defaultLimits, busy), {
    receive(envelope) {
      if (envelope.kind === 'notify') it.asked++
      into.push(envelope)
    },
    reply: () => {},
    turn: () => it.read(busy.now(), busy),
  })
  return it
}

function bytes(envelope: (n: number) => Envelope, count = MESSAGES): Uint8Array {
  const { direct } = native().dialect()
  const sink = new ByteSink()
  for (let n = 0; n < count; n++) direct?.encode(envelope(n), sink, defaultLimits)
  return joined(sink.take() ?? [])
}

const notify = (n: number): Envelope => ({
  kind: 'notify',
  method: 'log',
  params: n,
  meta: undefined,
})
const result = (n: number): Envelope => ({ kind: 'result', id: n + 1, value: n })
const turn = () => new Promise((resolve) => setImmediate(resolve))
const comes = (chunk: Uint8Array) => inbox.push(chunk, busy.now(), busy)
/** Another connection is heard of. */
const crowd = () => other.push(new Uint8Array(), busy.now(), busy)

test('a connection that is alone is read as it comes', () => {
  for (let n = 0; n < 200; n++) busy.now()
  comes(bytes(result))
  for (let n = 0; n < 200; n++) busy.now()
  read.length = 0
  comes(bytes(notify))
  expect(read).toHaveLength(MESSAGES)
  expect(channel.paused).toBe(false)
})

test('one that asks much gives way to the others, and loses nothing', async () => {
  crowd()
  comes(bytes(notify))
  expect(read.length).toBeGreaterThan(0)
  let turns = 0
  for (let before = 0; read.length < MESSAGES; turns++) {
    expect(channel.paused && inbox.paused).toBe(true)
    expect(read.length - before).toBeLessThan(MESSAGES / 5)
    before = read.length
    await turn()
    expect(read.length).toBeGreaterThan(before)
  }
  expect(turns).toBeGreaterThan(5)
  await turn()
  expect([channel.paused, inbox.paused]).toEqual([false, false])
  expect(read).toEqual(Array.from({ length: MESSAGES }, (_, n) => notify(n)))
})

test('what comes meanwhile waits behind it', async () => {
  crowd()
  const all = bytes(notify)
  comes(all.subarray(0, 20_000))
  comes(all.subarray(20_000))
  for (let n = 0; n < MESSAGES && read.length < MESSAGES; n++) await turn()
  expect(read).toEqual(Array.from({ length: MESSAGES }, (_, n) => notify(n)))
})

test('a large value whose beginning was left is whole: the next bytes land behind it', async () => {
  crowd()
  const large = new Uint8Array(100_000).map((_, at) => at % 251)
  // Its turn is over when the first bytes of the large one have been read.
  const all = joined([bytes(notify, 50), bytes((n) => ({ ...notify(n), params: large }), 1)])
  // As a socket reads: where its next bytes land is asked when the last ones have been taken.
  let room = inbox.room()
  const shared = new Uint8Array(64 * 1024)
  for (let at = 0; at < all.length; ) {
    const memory = room ?? shared
    const count = Math.min(memory.length, all.length - at)
    memory.set(all.subarray(at, at + count))
    at += count
    comes(memory.subarray(0, count))
    room = inbox.room()
    while (channel.paused) await turn()
  }
  expect(read).toHaveLength(51)
  expect((read.at(-1) as { params?: unknown }).params).toEqual(large)
})

test('how much is read next goes by the value before: large ones land where they stay', () => {
  const wireOf = (size: number) =>
    bytes((n) => ({ ...notify(n), params: new Uint8Array(size).fill(n + size) }), 1)
  const params = (at: number) => (read.at(at) as { params: Uint8Array }).params
  const roomAfter = (size: number) => {
    comes(wireOf(size))
    return inbox.room()?.length
  }
  expect(inbox.room()).toBeUndefined()
  expect(roomAfter(1000)).toBeUndefined()
  expect(roomAfter(20_000)).toBe(256 * 1024)
  expect(roomAfter(300_000)).toBe(256)

  // As a socket reads it: the head, then the rest in one piece.
  const wire = wireOf(400_000)
  const head = inbox.room() as Uint8Array
  head.set(wire.subarray(0, head.length))
  comes(head)
  const rest = inbox.room() as Uint8Array
  rest.set(wire.subarray(head.length))
  comes(rest)
  const isWhole = (value: Uint8Array) => Buffer.alloc(400_000, 400_000 % 256).equals(value)
  expect(isWhole(params(-1))).toBe(true)
  expect(params(-1).buffer).toBe(rest.buffer)

  // A small one fits into what is read for the head of a large one, and ends that.
  const small = wireOf(100)
  const again = inbox.room() as Uint8Array
  again.set(small)
  comes(again.subarray(0, small.length))
  expect(params(-1)).toEqual(new Uint8Array(100).fill(100))
  expect(isWhole(params(-2))).toBe(true)
  expect(inbox.room()).toBeUndefined()
})

test('answers to own calls do not wait', () => {
  crowd()
  comes(bytes(result))
  expect(read).toHaveLength(MESSAGES)
})

test('it does not go on while there is another reason to wait', async () => {
  crowd()
  comes(bytes(notify))
  inbox.pause('a reason')
  const before = read.length
  for (let n = 0; n < 5; n++) await turn()
  expect(read).toHaveLength(before)
  inbox.resume('a reason')
  expect(channel.paused).toBe(true)
  await turn()
  expect(read.length).toBeGreaterThan(before)
})

test('a channel that ends hands over what was left', () => {
  crowd()
  comes(bytes(notify))
  inbox.finish(busy.now())
  inbox.end()
  expect(read).toHaveLength(MESSAGES)
})

test('after the close nothing is read', async () => {
  crowd()
  comes(bytes(notify))
  const before = read.length
  inbox.close()
  expect(channel.paused).toBe(false)
  inbox.finish(busy.now())
  for (let n = 0; n < 5; n++) await turn()
  expect(read).toHaveLength(before)
})
