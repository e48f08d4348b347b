// Rows 9 and 18 against the channel host and the web bridge: a flood of messages, of pieces of one, of
// requests and of connections. Caps answer it, what it takes is bounded, and others are served meanwhile.
import { setMaxListeners } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentChannel, ChannelHost } from '@tieline/channel-host'
import {
  type BridgeLayer,
  type InvokeContext,
  type Route,
  silentLog,
  startBridge,
  type WebBridge,
} from '@tieline/web-bridge'
import { settled, until } from 'tieline/testing'
import { websocket } from 'tieline/transport'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { frame, handshake, RawSocket } from './raw-websocket.js'

const [CONTINUED, BINARY, PING] = [0, 2, 9]
const MiB = 1024 * 1024
const strays: unknown[] = []
const stray = (error: unknown) => strays.push(error)
beforeEach(() => {
  process.on('unhandledRejection', stray)
  atEnd(() => {
    process.off('unhandledRejection', stray)
    expect(strays).toEqual([])
  })
})

const portOf = (url: string) => Number(new URL(url).port)

/** An open WebSocket made of bytes. */
async function upgraded(port: number, path = '/'): Promise<RawSocket> {
  const raw = new RawSocket(port)
  atEnd(() => raw.reset())
  raw.write(handshake(port, path))
  expect((await raw.answer()).status).toBe(101)
  return raw
}

const times = (count: number, bytes: Uint8Array) => Buffer.concat(Array(count).fill(bytes))

describe('the channel host', () => {
  /** Each client's messages are counted, and answered but for the flood's. */
  async function hosting(limits = {}) {
    const host = new ChannelHost({ token: false, withoutOrigin: true, limits })
    atEnd(() => host.close())
    const counts = new Map<AgentChannel, number>()
    const channels: AgentChannel[] = []
    const port = await host.agent().listen(0, {
      opened: (channel) => channels.push(channel),
      message(channel, bytes) {
        counts.set(channel, (counts.get(channel) ?? 0) + 1)
        if (bytes.length === 3) channel.send(bytes)
      },
    })
    const client = async () => {
      const channel = await websocket(port.endpoint, { token: false }).connect()
      let heard = 0
      channel.open({
        message() {
          heard += 1
        },
        drained() {},
        closed() {},
      })
      atEnd(() => channel.abort(new Error('the test is over')))
      return {
        async asks() {
          const before = heard
          channel.send(Buffer.from('hi?'))
          await until('it is answered', () => heard > before)
        },
      }
    }
    return { host, port, counts, channels, client }
  }

  it('serves another page during a flood of messages that has no end', async () => {
    const { port, counts, channels, client } = await hosting()
    const other = await client()
    await other.asks()
    const raw = await upgraded(port.port)
    await until('both are there', () => channels.length === 2)
    const [, bad] = channels as [AgentChannel, AgentChannel]
    const enough = new AbortController()
    const thousand = times(1000, frame({ opcode: BINARY, payload: Buffer.from('x') }))
    const flood = raw.flood(thousand, Number.POSITIVE_INFINITY, enough.signal)
    await until('it has begun', () => counts.get(bad) !== undefined)
    for (let round = 0; round < 5; round++) await other.asks()
    enough.abort()
    const sent = 1000 * (await flood)
    await until('all of it was handled', () => counts.get(bad) === sent)
  })

  it('takes so many clients at one port, and turns the next ones away', async () => {
    const { host, port, client } = await hosting({ connections: 3 })
    const all = [await client(), await client(), await client()]
    for (let n = 0; n < 20; n++) {
      const raw = new RawSocket(port.port)
      raw.write(handshake(port.port, '/'))
      // 1013: try again later.
      expect(await raw.closeCode()).toBe(1013)
      raw.reset()
    }
    for (const one of all) await one.asks()
    expect(host.status.channels).toBe(3)
  })
})

const HANDLERS = `
  export const routes = {
    'GET /hello': () => 'hi',
    // One that goes on regardless keeps its place until its deadline: who leaves and comes again must not
    // get more of them than the limit.
    'POST /wait': (_request, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    'WS /deaf': { message: () => new Promise(() => {}) },
    'WS /echo': { message: (socket, data) => socket.send(data) },
  }
`

describe('the web bridge', () => {
  let bridge: WebBridge
  let floods = 0
  const counting: BridgeLayer = (next) => (request, context) => {
    if (request.headers['x-flood'] !== undefined) floods += 1
    return next(request, context)
  }
  beforeAll(async () => {
    const directory = ownFolder()
    const module = join(directory, 'handlers.mjs')
    writeFileSync(module, HANDLERS)
    bridge = await startBridge({
      port: 0,
      at: `unix:${join(directory, 'bridge.sock')}`,
      modules: [module],
      layers: [counting],
      withoutOrigin: true,
      log: silentLog,
      // An answer to a ping may take long here: a flood is at work in the same process.
      heartbeat: '60s',
    })
    atEnd(() => bridge.close())
  }, 120_000)
  const hello = async () => (await fetch(`${bridge.url}/hello`)).text()
  const route = (id: string) => bridge.backend.routes.find(({ path }) => path === id) as Route

  it('serves another browser during a flood of requests that has no end', async () => {
    expect(await hello()).toBe('hi')
    const raw = new RawSocket(portOf(bridge.url))
    atEnd(() => raw.reset())
    const request = Buffer.from('GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Flood: 1\r\n\r\n')
    const enough = new AbortController()
    const flood = raw.flood(times(100, request), Number.POSITIVE_INFINITY, enough.signal)
    await until('it has begun', () => floods > 0)
    for (let round = 0; round < 5; round++) expect(await hello()).toBe('hi')
    enough.abort()
    const sent = 100 * (await flood)
    await until('all of it was answered', () => floods === sent && bridge.backend.inFlight === 0)
  }, 120_000)

  it('takes 16,384 at once, refuses the rest, and serves again when they are gone', async () => {
    const gone = new AbortController()
    setMaxListeners(0, gone.signal)
    const context: InvokeContext = { signal: gone.signal, timeoutMs: 3_600_000, meta: {} }
    const request = {
      requestId: 'r',
      route: route('/wait'),
      method: 'POST',
      url: '/wait',
      params: {},
      headers: {},
      body: undefined,
      remoteAddress: '127.0.0.1',
    }
    const codes = new Map<string, number>()
    const all = Array.from({ length: 20_000 }, async () => {
      const code = await bridge.backend.invoke(request, context).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      )
      codes.set(code, (codes.get(code) ?? 0) + 1)
    })
    await until('the rest is refused', () => codes.get('resource-exhausted') === 20_000 - 16_384)
    const full = await fetch(`${bridge.url}/hello`)
    expect([full.status, (await full.text()).includes('hi')]).toEqual([503, false])
    gone.abort()
    await Promise.all(all)
    expect(codes.get('cancelled')).toBe(16_384)
    expect(bridge.backend.inFlight).toBe(0)
    // The handler process is told of each, in its order.
    await expect.poll(hello, { timeout: 30_000 }).toBe('hi')
  }, 120_000)

  const floodsOfFrames: Record<string, Buffer> = {
    'empty messages to a handler that takes none': times(1000, frame({ opcode: BINARY })),
    'pings whose answers are not read': times(
      1000,
      frame({ opcode: PING, payload: Buffer.alloc(100) }),
    ),
  }
  for (const [what, thousand] of Object.entries(floodsOfFrames)) {
    it(`holds no million ${what}`, async () => {
      const other = await upgraded(portOf(bridge.url), '/echo')
      const raw = await upgraded(portOf(bridge.url), '/deaf')
      raw.socket.pause()
      const before = process.memoryUsage().rss
      const flood = raw.flood(thousand, 1000)
      for (let round = 0; round < 20; round++) {
        const { length } = other.received
        other.write(frame({ opcode: BINARY, payload: Buffer.from('hi') }))
        await other.until(() => other.received.length > length)
        expect(other.ended).toBe(false)
        await settled(50)
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(128 * MiB)
      raw.reset()
      await flood
    }, 120_000)
  }

  it('refuses a message in a million pieces', async () => {
    for (const payload of [Buffer.alloc(0), Buffer.alloc(1)]) {
      const raw = await upgraded(portOf(bridge.url), '/deaf')
      raw.write(frame({ opcode: BINARY, payload, fin: false }))
      await raw.flood(times(1000, frame({ opcode: CONTINUED, payload, fin: false })), 1000)
      expect(await raw.closeCode()).toBe(1008)
    }
    expect(await hello()).toBe('hi')
  }, 120_000)
})
