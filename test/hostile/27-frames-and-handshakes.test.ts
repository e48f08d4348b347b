// Row 27, and the frames of row 9: 2,000 headers, bad handshakes, resets at any moment, frames that
// break the rules. The server lives, `closed` comes once, and another connection notices nothing.
import type { Channel } from 'tieline/channel'
import { type Listener, websocket } from 'tieline/transport'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { certificate, key } from '../support/certificate.js'
import { frame, handshake, type RawFrame, type RawHeaders, RawSocket } from './raw-websocket.js'

const LIMIT = 100_000
const TEXT = 1
const BINARY = 2
const CONTINUED = 0
const CLOSE = 8
const PING = 9

interface Ended {
  readonly times: number
  readonly code: string | undefined
  readonly by: string | undefined
}

let listener: Listener
let port: number
let bystander: Channel
let echoed = 0
const failures: Error[] = []
const strays: unknown[] = []
/** The channels that were accepted, in order: what came, and how they ended. */
const channels: { bytes: number; messages: number; ended: Ended }[] = []

function accept(channel: Channel): void {
  const told = { bytes: 0, messages: 0, ended: { times: 0 } as Ended }
  channels.push(told)
  channel.open({
    message(chunk) {
      told.bytes += chunk.length
      told.messages += 1
      if (told === channels[0]) channel.send(new Uint8Array(chunk))
    },
    drained() {},
    closed({ by, error }) {
      const { code } = (error ?? {}) as { code?: string }
      told.ended = { times: told.ended.times + 1, code, by }
    },
  })
}

const stray = (error: unknown) => strays.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', stray)
  const at = websocket('ws://127.0.0.1:0/', { token: false, withoutOrigin: true })
  const limits = { frameBytes: LIMIT, firstFrameMs: 1000 }
  listener = await at.listen({ accept, limits, failed: (error) => failures.push(error) })
  port = Number(new URL(listener.endpoint).port)
  bystander = await websocket(listener.endpoint, { token: false }).connect()
  bystander.open({
    message() {
      echoed += 1
    },
    drained() {},
    closed() {},
  })
})

// After every one of them, the connection that has nothing to do with it still works.
afterEach(async () => {
  const before = echoed
  bystander.send(new Uint8Array(10))
  await expect.poll(() => echoed).toBe(before + 1)
  expect(strays).toEqual([])
})

afterAll(async () => {
  await bystander.close()
  await listener.close()
  process.off('unhandledRejection', stray)
})

async function upgraded(): Promise<RawSocket> {
  const raw = new RawSocket(port)
  raw.write(handshake(port, '/'))
  expect((await raw.answer()).status).toBe(101)
  return raw
}

const last = () => channels.at(-1) as (typeof channels)[number]
const lastEnded = async () => {
  await expect.poll(() => last().ended.times).toBe(1)
  // A second time would come soon after the first.
  await new Promise((resolve) => setTimeout(resolve, 20))
  return last().ended
}

describe('a handshake', () => {
  async function statusOf(request: string): Promise<number> {
    const raw = new RawSocket(port)
    raw.write(request)
    const { status } = await raw.answer()
    await raw.until(() => false)
    return status
  }

  it('with 2,000 headers is refused, short ones and long ones alike', async () => {
    const many = (value: string): RawHeaders =>
      Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`a${i}`, value]))
    // Within 16 KiB they are counted; past it, reading stops.
    const short = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i.toString(36), '']))
    const before = channels.length
    expect(await statusOf(handshake(port, '/', short))).toBe(431)
    expect(await statusOf(handshake(port, '/', many('')))).toBe(431)
    expect(await statusOf(handshake(port, '/', many('x'.repeat(100))))).toBe(431)
    expect(channels.length).toBe(before)
  })

  it('that hides a second Host behind many headers is refused', async () => {
    const padding = Array.from({ length: 150 }, () => 'x')
    const request = handshake(port, '/', { Padding: padding, host: 'evil.test' })
    expect(await statusOf(request)).toBe(431)
  })

  const bad: Record<string, [number, RawHeaders] | string> = {
    'without a key': [400, { 'Sec-WebSocket-Key': undefined }],
    'with a short key': [400, { 'Sec-WebSocket-Key': 'short' }],
    'with an unknown version': [400, { 'Sec-WebSocket-Version': '99' }],
    'with bad subprotocols': [400, { 'Sec-WebSocket-Protocol': 'a,,b' }],
    'that upgrades to something else': [400, { Upgrade: 'h2c' }],
    'with a request smuggled in its length': [400, { 'Content-Length': ['1', '2'] }],
    'that is no HTTP': '\x00\x01\x02\x03\r\n\r\n',
    'of a TLS client': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'with a header without a name': 'GET / HTTP/1.1\r\n: x\r\n\r\n',
    'with a line that does not end': `GET /${'x'.repeat(20_000)}`,
  }
  for (const [what, case_] of Object.entries(bad)) {
    it(`${what} is refused`, async () => {
      const before = channels.length
      const [expected, request] =
        typeof case_ === 'string' ? [undefined, case_] : [case_[0], handshake(port, '/', case_[1])]
      const status = await statusOf(request)
      if (expected === undefined) expect([400, 431]).toContain(status)
      else expect(status).toBe(expected)
      expect(channels.length).toBe(before)
    })
  }

  it('that never ends is closed after its time, and so is silence', async () => {
    const half = new RawSocket(port)
    half.write('GET / HTTP/1.1\r\nHost: ')
    const silent = new RawSocket(port)
    await Promise.all([half.until(() => false), silent.until(() => false)])
    expect(half.ended && silent.ended).toBe(true)
  })

  it('that is no TLS, sent to a server with TLS, is closed, and others are served', async () => {
    const at = websocket('wss://127.0.0.1:0/', { tls: { key, cert: certificate }, token: 'x' })
    const secure = await at.listen({ accept, limits: { firstFrameMs: 1000 } })
    const securePort = Number(new URL(secure.endpoint).port)
    const garbage = ['', '\x16\x03\x01', handshake(securePort, '/'), '\x00'.repeat(1000)]
    const all = garbage.map((text) => {
      const raw = new RawSocket(securePort)
      raw.write(text)
      return raw.until(() => false)
    })
    const reset = new RawSocket(securePort)
    reset.write('\x16\x03\x01\x02\x00')
    await new Promise((resolve) => setTimeout(resolve, 20))
    reset.reset()
    await Promise.all(all)
    const tls = { ca: certificate }
    const client = await websocket(secure.endpoint, { token: 'x', tls }).connect()
    await client.close()
    await secure.close()
  })

  it('that is reset at any moment leaves nothing behind', async () => {
    const request = handshake(port, '/')
    for (let at = 0; at <= request.length; at += 7) {
      const raw = new RawSocket(port)
      raw.write(request.slice(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      raw.reset()
    }
    const before = channels.length
    for (let i = 0; i < 20; i++) (await upgraded()).reset()
    await expect.poll(() => channels.length).toBeGreaterThanOrEqual(before + 20)
    await expect.poll(() => channels.slice(1).filter(({ ended }) => ended.times !== 1)).toEqual([])
  })
})

describe('a connection', () => {
  it('that is reset ends once, with an error', async () => {
    const raw = await upgraded()
    raw.write(frame({ opcode: BINARY, payload: Buffer.alloc(10) }))
    await expect.poll(() => last().bytes).toBe(10)
    raw.reset()
    expect(await lastEnded()).toEqual({ times: 1, code: 'connection-lost', by: 'remote' })
  })

  it('that is reset inside a frame delivers nothing of it', async () => {
    const raw = await upgraded()
    raw.write(frame({ opcode: BINARY, payload: Buffer.alloc(1000) }).subarray(0, 500))
    await new Promise((resolve) => setTimeout(resolve, 20))
    raw.reset()
    expect(await lastEnded()).toMatchObject({ times: 1, code: 'connection-lost' })
    expect(last().messages).toBe(0)
  })

  it('that ends without saying goodbye ends with an error', async () => {
    const raw = await upgraded()
    raw.socket.end()
    expect(await lastEnded()).toEqual({ times: 1, code: 'connection-lost', by: 'remote' })
  })

  it('that says goodbye twice, or sends on after it, ends once and in good order', async () => {
    const raw = await upgraded()
    const bye = frame({ opcode: CLOSE, payload: Buffer.from([0x03, 0xe8]) })
    raw.write(Buffer.concat([bye, bye, frame({ opcode: BINARY, payload: Buffer.alloc(5) })]))
    expect(await lastEnded()).toEqual({ times: 1, code: undefined, by: 'remote' })
    expect(last().messages).toBe(0)
    expect(await raw.closeCode()).toBe(1000)
  })
})

describe('frames', () => {
  it('of one message may be many, with pings between them', async () => {
    const raw = await upgraded()
    const piece = { payload: Buffer.from('ab'), fin: false }
    raw.write(frame({ opcode: BINARY, ...piece }))
    for (let i = 0; i < 50; i++) {
      raw.write(frame({ opcode: PING, payload: Buffer.from('p') }))
      raw.write(frame({ opcode: CONTINUED, ...piece }))
    }
    raw.write(frame({ opcode: CONTINUED }))
    await expect.poll(() => last().messages).toBe(1)
    expect(last().bytes).toBe(102)
    raw.reset()
  })

  it('may come one byte at a time', async () => {
    const raw = await upgraded()
    for (const byte of frame({ opcode: BINARY, payload: Buffer.alloc(300) })) {
      raw.write(Uint8Array.of(byte))
    }
    await expect.poll(() => last().bytes).toBe(300)
    raw.reset()
  })

  const BAD_UTF8 = Buffer.from([0xc3, 0x28])
  const refused: Record<string, [number, string, RawFrame | readonly RawFrame[]]> = {
    'with reserved bit 1': [1002, 'malformed', { opcode: BINARY, reserved: 4 }],
    'with reserved bit 2': [1002, 'malformed', { opcode: BINARY, reserved: 2 }],
    'with reserved bit 3': [1002, 'malformed', { opcode: BINARY, reserved: 1 }],
    'of the unknown kind 3': [1002, 'malformed', { opcode: 3 }],
    'of the unknown kind 15': [1002, 'malformed', { opcode: 15 }],
    'without a mask': [1002, 'malformed', { opcode: BINARY, masked: false }],
    'that go on with nothing': [1002, 'malformed', { opcode: CONTINUED }],
    'that begin twice': [
      1002,
      'malformed',
      [
        { opcode: BINARY, fin: false },
        { opcode: BINARY, fin: true },
      ],
    ],
    'of a ping in pieces': [1002, 'malformed', { opcode: PING, fin: false }],
    'of a ping too long': [1002, 'malformed', { opcode: PING, payload: Buffer.alloc(126) }],
    'of a goodbye with half a code': [
      1002,
      'malformed',
      { opcode: CLOSE, payload: Buffer.alloc(1) },
    ],
    'of a goodbye with a code that is not sent': [
      1002,
      'malformed',
      { opcode: CLOSE, payload: Buffer.from([0x03, 0xed]) },
    ],
    'of a goodbye in bad UTF-8': [
      1007,
      'malformed',
      { opcode: CLOSE, payload: Buffer.concat([Buffer.from([0x03, 0xe8]), BAD_UTF8]) },
    ],
    'of text in bad UTF-8': [1007, 'malformed', { opcode: TEXT, payload: BAD_UTF8 }],
    'of text': [1003, 'malformed', { opcode: TEXT, payload: Buffer.from('text') }],
    'of a message a byte over the limit': [
      1009,
      'too-large',
      { opcode: BINARY, payload: Buffer.alloc(LIMIT + 1) },
    ],
    'that promise 2³² bytes': [1009, 'too-large', { opcode: BINARY, length: 2 ** 32 }],
    'that promise 2⁵³ bytes': [1009, 'too-large', { opcode: BINARY, length: 2n ** 53n }],
    'that promise 2⁶⁴-1 bytes': [1009, 'too-large', { opcode: BINARY, length: 2n ** 64n - 1n }],
    'of pieces that are over the limit together': [
      1009,
      'too-large',
      [
        { opcode: BINARY, fin: false, payload: Buffer.alloc(LIMIT) },
        { opcode: CONTINUED, payload: Buffer.alloc(1) },
      ],
    ],
  }
  for (const [what, [code, error, frames]] of Object.entries(refused)) {
    it(`${what} are refused with ${code}`, async () => {
      const raw = await upgraded()
      raw.write(Buffer.concat([frames].flat().map(frame)))
      expect(await raw.closeCode()).toBe(code)
      expect(await lastEnded()).toEqual({ times: 1, code: error, by: 'local' })
      expect(last().messages).toBe(0)
    })
  }

  it('of exactly the limit are read', async () => {
    const raw = await upgraded()
    raw.write(frame({ opcode: BINARY, payload: Buffer.alloc(LIMIT) }))
    await expect.poll(() => last().bytes).toBe(LIMIT)
    raw.reset()
  })

  it('that are a million pieces of one message are bounded by their count', async () => {
    for (const payload of [Buffer.alloc(0), Buffer.alloc(1)]) {
      const raw = await upgraded()
      raw.write(frame({ opcode: BINARY, payload, fin: false }))
      const pieces = Buffer.concat(
        Array(1000).fill(frame({ opcode: CONTINUED, payload, fin: false })),
      )
      const before = process.memoryUsage().rss
      await raw.flood(pieces, 1000)
      expect(await raw.closeCode()).toBe(1008)
      expect(await lastEnded()).toEqual({ times: 1, code: 'too-large', by: 'local' })
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
    }
  })

  it('that are a million pings from a client that does not read the answers are bounded', async () => {
    const raw = await upgraded()
    raw.socket.pause()
    const pings = Buffer.concat(
      Array(1000).fill(frame({ opcode: PING, payload: Buffer.alloc(100) })),
    )
    const before = process.memoryUsage().rss
    await raw.flood(pings, 1000)
    raw.socket.resume()
    expect(await lastEnded()).toMatchObject({ times: 1, by: 'remote' })
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
    raw.reset()
  })
})
