import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Channel } from '../../channel/channel.js'
import { channelSuite } from '../../testing/channel-suite.js'
import { FakeClock } from '../../testing/fake-clock.js'
import { Recorder, settle } from '../../testing/recorder.js'
import { transportSuite } from '../../testing/transport-suite.js'
import type { Listener, ListenOptions, Transport } from '../transport.js'
import { websocket as browserWebSocket } from './browser.js'
import { type WebSocketOptions, websocket } from './websocket.js'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** A channel's two ends, the first made by what dials the endpoint with the token. */
async function pair(
  dial: (endpoint: string, token: string) => Promise<Channel>,
  options: WebSocketOptions = {},
  listening: Partial<ListenOptions> = {},
) {
  let accepted!: (channel: Channel) => void
  const right = new Promise<Channel>((resolve) => {
    accepted = resolve
  })
  const server = websocket('ws://127.0.0.1:0/suite', options)
  const listener = await server.listen({ accept: accepted, ...listening })
  const left = await dial(listener.endpoint, server.token ?? '')
  return { left, right: await right, cleanup: () => listener.close() }
}

const fromNode = (endpoint: string, token: string) => websocket(endpoint, { token }).connect()
const fromPage = (endpoint: string, token: string) =>
  browserWebSocket(endpoint, { token, WebSocket: WebSocket as never }).connect()

channelSuite('a WebSocket, from the client', () => pair(fromNode))
channelSuite('a WebSocket, from the server', async () => {
  const { left, right, cleanup } = await pair(fromNode)
  return { left: right, right: left, cleanup }
})
channelSuite('a page’s WebSocket', () => pair(fromPage))

transportSuite('websocket', async () => {
  const transport = websocket(`ws://127.0.0.1:${await freePort()}/suite`)
  return { server: transport, client: transport }
})

transportSuite('websocket over a local socket', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-ws-'))
  const over = `unix:${join(directory, 'ws.sock')}`
  const transport = websocket('ws://localhost/suite', { over })
  const cleanup = () => rmSync(directory, { recursive: true })
  return { server: transport, client: transport, cleanup }
})

describe('a WebSocket', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  async function listen(transport: Transport, options: Partial<ListenOptions> = {}) {
    const listener: Listener = await transport.listen({ accept: () => {}, ...options })
    ends.push(() => listener.close())
    return listener
  }

  async function opened(...args: Parameters<typeof pair>) {
    const made = await pair(...args)
    const atLeft = new Recorder()
    const atRight = new Recorder()
    made.left.open(atLeft)
    made.right.open(atRight)
    ends.push(made.cleanup, () => made.left.abort(new Error('the test is over')))
    return { ...made, atLeft, atRight }
  }

  it('makes a token when none is given, another each time, and tells it', async () => {
    const one = websocket('ws://127.0.0.1:0/')
    expect(one.token).toMatch(/^[\w-]{43}$/)
    expect(one.token).toBe(one.token)
    expect(websocket('ws://127.0.0.1:0/').token).not.toBe(one.token)
    expect(websocket('ws://127.0.0.1:0/', { token: false }).token).toBeUndefined()
    expect(() => websocket('ws://127.0.0.1:0/', { token: '' })).toThrow(/token .* is empty/)
  })

  it('takes any text as a token', async () => {
    const token = 'ключ "with" spaces, and / + ='
    const { left, atRight } = await opened(fromNode, { token })
    left.send(new Uint8Array(3))
    await atRight.until(({ bytes }) => bytes === 3)
  })

  it('refuses a wrong token and a missing one, and tells the server without showing it', async () => {
    const failures: Error[] = []
    const listener = await listen(websocket('ws://127.0.0.1:0/', { token: 'right-secret' }), {
      failed: (error) => failures.push(error),
    })
    for (const token of ['wrong-secret', false] as const) {
      await expect(websocket(listener.endpoint, { token }).connect()).rejects.toMatchObject({
        code: 'permission-denied',
        endpoint: listener.endpoint,
        message: expect.stringMatching(/401: the token is missing or wrong/),
      })
    }
    expect(failures).toMatchObject([
      { code: 'permission-denied', message: expect.stringContaining('its token is wrong') },
      { code: 'permission-denied', message: expect.stringContaining('it has no token') },
    ])
    expect(JSON.stringify(failures.map(String))).not.toMatch(/secret|tieline\.token/)
  })

  it('refuses another path', async () => {
    const server = websocket('ws://127.0.0.1:0/right')
    const { endpoint } = await listen(server)
    const wrong = endpoint.replace('right', 'wrong')
    await expect(fromNode(wrong, server.token ?? '')).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringContaining('404'),
    })
  })

  it('listens on this machine only, unless told', async () => {
    for (const host of ['0.0.0.0', '[::]', 'example.test']) {
      const endpoint = `ws://${host}:0/`
      await expect(websocket(endpoint).listen({ accept: () => {} })).rejects.toMatchObject({
        code: 'permission-denied',
        message: expect.stringContaining('open to other machines'),
      })
    }
    await listen(websocket('ws://0.0.0.0:0/', { allowRemote: true }))
  })

  it('answers at every path when it is told to', async () => {
    const token = 'x'
    const server = websocket('ws://127.0.0.1:0/', { token, anyPath: true })
    const accepted: Channel[] = []
    const { endpoint } = await listen(server, { accept: (channel) => accepted.push(channel) })
    for (const path of ['', 'editor', 'a/b%20c']) {
      const channel = await websocket(endpoint + path, { token }).connect()
      channel.abort(new Error('enough'))
    }
    const bare = new WebSocket(`${endpoint}?x=y`, ['tieline', 'tieline.token.eA'])
    await once(bare, 'open')
    bare.terminate()
    expect(accepted.length).toBe(4)
  })

  it('asks for the subprotocol of another server, or for none', async () => {
    const offers: (string | undefined)[] = []
    const handleProtocols = () => false as const
    const bare = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols })
    ends.push(() => bare.close())
    bare.on('connection', (_, request) => offers.push(request.headers['sec-websocket-protocol']))
    await once(bare, 'listening')
    const { port } = bare.address() as AddressInfo
    const endpoint = `ws://127.0.0.1:${port}/`
    // A server that chooses none of those that were asked for is not connected to.
    await expect(websocket(endpoint, { token: false }).connect()).rejects.toMatchObject({
      code: 'connection-refused',
    })
    const plain = await websocket(endpoint, { token: false, subprotocol: false }).connect()
    plain.abort(new Error('enough'))
    bare.options.handleProtocols = () => 'chat'
    const chat = await websocket(endpoint, { token: false, subprotocol: 'chat' }).connect()
    chat.abort(new Error('enough'))
    expect(offers.slice(1)).toEqual([undefined, 'chat'])
  })

  it('sends no token in the clear to another machine, unless told', async () => {
    const attempt = websocket('ws://192.0.2.1:9/', { token: 'x' }).connect({ withinMs: 10 })
    await expect(attempt).rejects.toMatchObject({ code: 'permission-denied' })
  })

  it('refuses an endpoint with a query, a fragment, a user or no host', () => {
    for (const rest of ['//h:1/?token=x', '//h:1/#x', '//user:secret@h:1/', '//', '//h:99999/']) {
      expect(() => websocket(`ws:${rest}`)).toThrow(
        expect.objectContaining({ code: 'invalid-endpoint' }),
      )
    }
  })

  it('refuses origins that allow every site, or that no browser sends', async () => {
    const bad = ['*', 'null', 'https://*.example', 'http://a.example/', 'HTTP://A', 'http://a:80']
    for (const origin of bad) {
      const server = websocket('ws://127.0.0.1:0/', { origins: [origin] })
      await expect(server.listen({ accept: () => {} })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(origin),
      })
    }
    const good = ['https://app.example', 'http://127.0.0.1:5173', 'chrome-extension://abcdef']
    await listen(websocket('ws://127.0.0.1:0/', { origins: good }))
  })

  it('refuses wss without a certificate', async () => {
    await expect(websocket('wss://127.0.0.1:0/').listen({ accept: () => {} })).rejects.toThrow(
      /needs the option tls/,
    )
  })

  it('refuses a certificate that cannot be used, on either side', async () => {
    const broken = { tls: { key: 'no key', cert: 'no certificate', ca: 'none' } }
    const at = websocket('wss://127.0.0.1:9/', { token: false, ...broken })
    for (const attempt of [at.listen({ accept: () => {} }), at.connect()]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'invalid-argument',
        endpoint: 'wss://127.0.0.1:9/',
        message: expect.stringMatching(/^the option tls .* cannot be used/),
      })
    }
  })

  it('gives up on a server that does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    ends.push(() => silent.close())
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const endpoint = `ws://127.0.0.1:${port}/`
    for (const dial of [
      websocket(endpoint),
      browserWebSocket(endpoint, { WebSocket: WebSocket as never }),
    ]) {
      await expect(dial.connect({ withinMs: 20 })).rejects.toMatchObject({
        code: 'deadline-exceeded',
        endpoint,
      })
      const stop = new AbortController()
      const attempt = dial.connect({ signal: stop.signal })
      setTimeout(() => stop.abort(), 5)
      await expect(attempt).rejects.toMatchObject({ code: 'cancelled' })
    }
  })

  it('loads what it needs when it is used, and keeps no process alive that is done', () => {
    const program = `
      import { serve, connect, contract, call, type } from 'tieline'
      import { websocket } from 'tieline/transport'
      const loaded = () => process.moduleLoadList.includes('NativeModule http')
      const at = websocket('ws://127.0.0.1:0/')
      const before = loaded()
      const C = contract({ name: 'c', version: '1.0', methods: { one: call({ output: type() }) } })
      const server = await serve(C, { one: () => 1 }, { at })
      const client = await connect(C, { at: websocket(server.endpoint, { token: at.token }), hold: false })
      const idle = await connect(C, { at: websocket(server.endpoint, { token: at.token }), hold: false })
      const answer = await client.one()
      await client.$connection.close()
      await server.close()
      console.log(JSON.stringify([before, loaded(), answer]))
    `
    const args = ['--input-type=module', '-e', program]
    const { stdout, stderr, signal } = spawnSync(process.execPath, args, {
      cwd: import.meta.dirname,
      timeout: 15_000,
    })
    expect(stderr.toString()).toBe('')
    expect(signal).toBeNull()
    expect(JSON.parse(stdout.toString())).toEqual([false, true, 1])
  })

  const codes: Record<number, string | undefined> = {
    1000: undefined,
    1001: undefined,
    1005: undefined,
    1008: '1008',
    1011: '1011',
    4009: '4009',
  }
  for (const [code, said] of Object.entries(codes)) {
    it(`closed with ${code} has ended ${said ? 'with an error' : 'in good order'}`, async () => {
      const bare = new WebSocketServer({ port: 0, host: '127.0.0.1' })
      ends.push(() => bare.close())
      await once(bare, 'listening')
      bare.on('connection', (ws) => (code === '1005' ? ws.close() : ws.close(Number(code), 'why')))
      const { port } = bare.address() as AddressInfo
      const channel = await websocket(`ws://127.0.0.1:${port}/`, { token: false }).connect()
      const recorder = new Recorder()
      channel.open(recorder)
      await recorder.until((now) => now.ends.length === 1)
      const [why] = recorder.ends
      expect(why?.by).toBe('remote')
      if (said === undefined) expect(why?.error).toBeUndefined()
      else expect(why?.error?.message).toContain(`closed it with ${said}, "why"`)
    })
  }

  it('tells the other side why it broke off, by the code', async () => {
    for (const dial of [fromNode, fromPage]) {
      const { left, atRight } = await opened(dial)
      left.abort(new Error('secret'))
      await atRight.until((now) => now.ends.length === 1)
      expect(atRight.ends[0]?.error?.message).toMatch(/closed it with [14]011$/)
    }
  })

  it('refuses text with 1003, and more than the limit with 1009', async () => {
    const closes: number[] = []
    for (const data of ['text', new Uint8Array(101)]) {
      let accepted!: (channel: Channel) => void
      const right = new Promise<Channel>((resolve) => {
        accepted = resolve
      })
      const server = websocket('ws://127.0.0.1:0/', { token: false, withoutOrigin: true })
      const listener = await listen(server, { accept: accepted, limits: { frameBytes: 100 } })
      const bare = new WebSocket(listener.endpoint)
      await once(bare, 'open')
      const recorder = new Recorder()
      ;(await right).open(recorder)
      bare.send(data)
      const [code] = (await once(bare, 'close')) as [number]
      closes.push(code)
      await recorder.until(({ ends }) => ends.length === 1)
      await settle()
      const error = { code: data === 'text' ? 'malformed' : 'too-large' }
      expect(recorder.ends).toMatchObject([{ by: 'local', error }])
    }
    expect(closes).toEqual([1003, 1009])
  })

  it('bounds what a page that is paused has waiting', async () => {
    const limits = { queuedBytes: 10_000 }
    const { left, right, atLeft } = await opened((endpoint, token) =>
      browserWebSocket(endpoint, { token, WebSocket: WebSocket as never }).connect({ limits }),
    )
    left.pause()
    for (let i = 0; i < 11; i++) right.send(new Uint8Array(1000))
    await atLeft.until(({ ends }) => ends.length === 1)
    expect(atLeft.ends).toMatchObject([{ by: 'local', error: { code: 'resource-exhausted' } }])
    expect(atLeft.ends[0]?.error?.message).toMatch(/queuedBytes is 10000/)
  })

  it('ends when a ping is not answered, and not while it is paused', async () => {
    const clock = new FakeClock()
    const bare = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false })
    ends.push(() => bare.close())
    await once(bare, 'listening')
    const { port } = bare.address() as AddressInfo
    const at = websocket(`ws://127.0.0.1:${port}/`, { token: false, clock, pingMs: 1000 })
    const channel = await at.connect()
    const recorder = new Recorder()
    channel.open(recorder)
    channel.pause()
    for (let i = 0; i < 5; i++) clock.advance(1000)
    await settle()
    expect(recorder.ends).toEqual([])
    channel.resume()
    clock.advance(1000)
    clock.advance(1000)
    clock.advance(1)
    for (let i = 0; i < 50 && recorder.ends.length === 0; i++) {
      await settle()
      clock.advance(1)
    }
    expect(recorder.ends[0]?.error?.message).toContain('no answer to a ping within 1000 ms')
  })
})
