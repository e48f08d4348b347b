// Contracts over WebSockets: nothing changes but the endpoint.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificate, key } from '../../../../test/support/certificate.js'
import { jsonRpc } from '../dialect/index.js'
import { type WebSocketOptions, websocket } from '../transport/websocket/websocket.js'
import { type ConnectOptions, connect } from './connect.js'
import { call, contract, notify, stream, type } from './index.js'
import { type ServeOptions, serve } from './serve.js'
import type { Handlers } from './types.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({ input: type<{ name: string }>(), output: type<string>() }),
    bytes: call({ input: type<Uint8Array>(), output: type<Uint8Array>() }),
    count: stream({ input: type<{ to: number }>(), output: type<number>() }),
    blocks: stream({ input: type<{ bytes: number }>(), output: type<Uint8Array>() }),
    log: notify({ input: type<string>() }),
  },
})

const logged: string[] = []
let blocks = 0

const handlers: Handlers<typeof Greeter> = {
  hello: ({ name }) => `Hello ${name}`,
  bytes: (value) => value,
  async *count({ to }) {
    for (let n = 0; n < to; n++) yield n
  },
  async *blocks({ bytes }) {
    for (blocks = 0; ; blocks++) yield new Uint8Array(bytes)
  },
  log: (text) => {
    logged.push(text)
  },
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function pair(
  endpoint: string,
  server: WebSocketOptions = {},
  client: WebSocketOptions = {},
  more: Partial<ServeOptions> & Partial<ConnectOptions<false>> = {},
) {
  const at = websocket(endpoint, server)
  const served = await serve(Greeter, handlers, { ...more, at } as ServeOptions)
  ends.push(() => served.close())
  const to = websocket(served.endpoint, { ...(at.token && { token: at.token }), ...client })
  const greeter = await connect(Greeter, { ...more, at: to })
  ends.push(() => greeter.$connection.close())
  return { served, greeter }
}

async function tryAll({ greeter }: Awaited<ReturnType<typeof pair>>) {
  expect(await greeter.hello({ name: 'Ada' })).toBe('Hello Ada')
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * 7)
  expect(Buffer.compare(await greeter.bytes(bytes), bytes)).toBe(0)
  let sum = 0
  for await (const n of greeter.count({ to: 10_000 })) sum += n
  expect(sum).toBe(49_995_000)
  greeter.log('one')
  await greeter.hello({ name: 'x' })
  expect(logged.pop()).toBe('one')
  const many = Array.from({ length: 500 }, (_, i) => greeter.hello({ name: String(i) }))
  expect(await Promise.all(many)).toEqual(many.map((_, i) => `Hello ${i}`))
}

describe('a contract over a WebSocket', () => {
  it('is called, streams, notifies and drains', async () => {
    const made = await pair('ws://127.0.0.1:0/greeter')
    await tryAll(made)
    await made.served.close()
    expect(made.served.peers.size).toBe(0)
  })

  it('works over IPv6', async () => {
    await tryAll(await pair('ws://[::1]:0/'))
  })

  it('works with TLS, whose certificate the client must know', async () => {
    const tls = { key, cert: certificate }
    await tryAll(await pair('wss://127.0.0.1:0/', { tls }, { tls: { ca: certificate } }))
    await expect(pair('wss://127.0.0.1:0/', { tls })).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringMatching(/self-signed certificate/),
    })
  })

  it('works through a local socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tieline-ws-'))
    ends.push(() => rmSync(directory, { recursive: true }))
    const over = `unix:${join(directory, 'greeter.sock')}`
    await tryAll(await pair('ws://localhost/greeter', { over }, { over }))
  })

  it('works in another protocol', async () => {
    const { greeter } = await pair(
      'ws://127.0.0.1:0/',
      {},
      {},
      { protocol: jsonRpc({ framing: 'message' }) },
    )
    expect(await greeter.hello({ name: 'Ada' })).toBe('Hello Ada')
  })

  it('needs no more than an endpoint and a token in the environment', async () => {
    vi.stubEnv('TIELINE_TOKEN', 'from the environment')
    ends.push(() => vi.unstubAllEnvs())
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const at = `ws://127.0.0.1:${(probe.address() as AddressInfo).port}/greeter`
    probe.close()
    await using _served = await serve(Greeter, handlers, { at })
    await using greeter = await connect(Greeter, { at })
    expect(await greeter.hello({ name: 'Ada' })).toBe('Hello Ada')
  })

  it('makes a stream wait for a reader that does not read, and calls pass it', async () => {
    const { greeter } = await pair('ws://127.0.0.1:0/')
    const stream = greeter.blocks({ bytes: 64 * 1024 })[Symbol.asyncIterator]()
    await stream.next()
    for (let i = 0; i < 20; i++) expect(await greeter.hello({ name: 'x' })).toBe('Hello x')
    // The window is 256 KiB: four blocks, and one that waits.
    expect(blocks).toBeLessThan(10)
    for (let i = 0; i < 100; i++) await stream.next()
    expect(blocks).toBeGreaterThanOrEqual(100)
    await stream.return?.()
  })

  it('comes back when the server does', async () => {
    const { served, greeter } = await pair('ws://127.0.0.1:0/', { token: 'same' })
    await served.abort()
    await vi.waitFor(() => expect(greeter.$connection.peer).toBeUndefined(), { timeout: 30_000 })
    const again = websocket(served.endpoint, { token: 'same' })
    const second = await serve(Greeter, handlers, { at: again })
    ends.push(() => second.close())
    expect(await greeter.hello({ name: 'again' })).toBe('Hello again')
  })
})
