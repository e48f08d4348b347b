// Rows 9, 26 and 27 against the channel host: what a client made of bytes may do to it. Each fault of
// the program that it replaces has a test of its own here.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AgentChannel, type AgentPort, ChannelHost } from '@tieline/channel-host'
import { websocket } from 'tieline/transport'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { frame, handshake, type RawFrame, type RawHeaders, RawSocket } from './raw-websocket.js'

const ORIGIN = 'http://127.0.0.1:5173'
const TOKEN = 'a token for tests'
const shown = `tieline, tieline.token.${Buffer.from(TOKEN).toString('base64url')}`
const LIMIT = 100_000
const soon = { timeout: 15_000 }
const [CONTINUED, TEXT, BINARY, CLOSE, PING] = [0, 1, 2, 8, 9]

const failures: Error[] = []
const strays: unknown[] = []
const stray = (error: unknown) => strays.push(error)
/** What the agent was told of each channel, in order of their opening. */
const told: { channel: AgentChannel; bytes: number; messages: number; closed: string[] }[] = []
let host: ChannelHost
let port: AgentPort
let echoes = 0
let bystander: Awaited<ReturnType<typeof openBystander>>

async function openBystander(endpoint: string) {
  const channel = await websocket(endpoint, { token: TOKEN }).connect()
  channel.open({
    message() {
      echoes += 1
    },
    drained() {},
    closed() {},
  })
  return channel
}

beforeAll(async () => {
  process.on('unhandledRejection', stray)
  host = new ChannelHost({
    token: TOKEN,
    origins: [ORIGIN],
    limits: { frameBytes: LIMIT, firstFrameMs: 1000 },
    failed: (error) => failures.push(error),
  })
  port = await host.agent().listen(0, {
    opened: (channel) => told.push({ channel, bytes: 0, messages: 0, closed: [] }),
    message(channel, message) {
      const one = told.find((each) => each.channel === channel)
      if (one === undefined) throw new Error('a message of a channel that was never opened')
      one.bytes += message.length
      one.messages += 1
      if (one === told[0]) channel.send(message)
    },
    closed(channel, { by, error }) {
      const code = (error as { code?: string } | undefined)?.code ?? 'in good order'
      told.find((each) => each.channel === channel)?.closed.push(`${by}: ${code}`)
    },
  })
  bystander = await openBystander(port.endpoint)
})

// After every one of them, a client that has nothing to do with it is still served.
afterEach(async () => {
  const before = echoes
  bystander.send(new Uint8Array(10))
  await expect.poll(() => echoes, soon).toBe(before + 1)
  expect(strays).toEqual([])
})

afterAll(async () => {
  await bystander.close()
  await host.close()
  process.off('unhandledRejection', stray)
  for (const { message } of failures) expect(message).not.toMatch(/token for tests|tieline\.token/)
})

const asked: RawHeaders = { 'Sec-WebSocket-Protocol': shown }

async function upgraded(path = '/'): Promise<RawSocket> {
  const opened = told.length
  const raw = new RawSocket(port.port)
  raw.write(handshake(port.port, path, asked))
  expect((await raw.answer()).status).toBe(101)
  await expect.poll(() => told.length, soon).toBe(opened + 1)
  return raw
}

async function status(headers: RawHeaders): Promise<number> {
  const raw = new RawSocket(port.port)
  raw.write(handshake(port.port, '/', headers))
  const answer = await raw.answer()
  raw.reset()
  expect(answer.head).not.toContain('tieline.token')
  return answer.status
}

const last = () => told.at(-1) as (typeof told)[number]

/** What the agent was told of the newest channel's end: a second time would come soon after. */
async function lastClosed(): Promise<string[]> {
  await expect.poll(() => last().closed.length, soon).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  return last().closed
}

describe('a fault of the original that is none here', () => {
  it('a bad handshake leaves the listener alive', async () => {
    for (const bytes of [
      '\0\0\0\0',
      'GET / HTTP/1.1\r\n\r\n',
      'NONSENSE\r\n\r\n',
      '\x16\x03\x01',
    ]) {
      const raw = new RawSocket(port.port)
      raw.write(bytes)
      await raw.answer()
      raw.reset()
    }
    const noKey = { ...asked, 'Sec-WebSocket-Key': undefined }
    expect(await status(noKey)).toBe(400)
    expect(await status({ ...asked, 'Sec-WebSocket-Version': '12' })).toBe(400)
  })

  it('an abrupt reset is told as Closed, once', async () => {
    const raw = await upgraded()
    raw.reset()
    expect(await lastClosed()).toEqual(['remote: connection-lost'])
    const halfway = await upgraded()
    halfway.write(frame({ opcode: BINARY, payload: Buffer.alloc(1000) }).subarray(0, 500))
    halfway.reset()
    expect(await lastClosed()).toEqual(['remote: connection-lost'])
    expect(last().messages).toBe(0)
  })

  it('an agent’s Close gives the client 1000, and the agent Closed', async () => {
    const raw = await upgraded()
    const closing = last().channel.close()
    expect(await raw.closeCode()).toBe(1000)
    await closing
    expect(await lastClosed()).toEqual(['local: in good order'])
  })

  it('a large send to a client that is slow arrives whole', async () => {
    const raw = await upgraded()
    raw.socket.pause()
    const message = Buffer.alloc(LIMIT, 7)
    for (let i = 0; i < 100; i++) last().channel.send(message)
    raw.socket.resume()
    const whole = 100 * (LIMIT + 10)
    await expect.poll(() => raw.received.length, soon).toBeGreaterThanOrEqual(whole)
    raw.reset()
  })

  it('handshakes that never end hold up nobody', async () => {
    const silent = Array.from({ length: 50 }, () => new RawSocket(port.port))
    for (const [at, raw] of silent.entries()) {
      if (at % 2 === 0) raw.write('GET / HTTP/1.1\r\nHost: ')
    }
    const raw = await upgraded()
    raw.reset()
    for (const one of silent) one.reset()
    expect(await lastClosed()).toEqual(['remote: connection-lost'])
  })

  it('a text message is answered with 1003, and is no message', async () => {
    const raw = await upgraded()
    raw.write(frame({ opcode: TEXT, payload: Buffer.from('hello') }))
    expect(await raw.closeCode()).toBe(1003)
    expect(await lastClosed()).toEqual(['local: malformed'])
    expect(last().messages).toBe(0)
  })
})

describe('a client’s frames', () => {
  it('in many pieces are one message', async () => {
    const raw = await upgraded()
    const piece = Buffer.alloc(10)
    raw.write(frame({ opcode: BINARY, payload: piece, fin: false }))
    for (let i = 0; i < 98; i++) raw.write(frame({ opcode: CONTINUED, payload: piece, fin: false }))
    raw.write(frame({ opcode: PING }))
    raw.write(frame({ opcode: CONTINUED, payload: piece }))
    await expect.poll(() => [last().messages, last().bytes], soon).toEqual([1, 1000])
    raw.reset()
  })

  it('are read on any path, as the original reads them', async () => {
    for (const path of ['/', '/editor', '/?a=b', '/a%20b']) (await upgraded(path)).reset()
  })

  const [oversize, bad]: [RawFrame, RawFrame] = [
    { opcode: BINARY, length: LIMIT + 1 },
    { opcode: BINARY, reserved: 4 },
  ]
  const refused: Record<string, [code: number, error: string, frames: RawFrame | RawFrame[]]> = {
    'with a reserved bit': [1002, 'malformed', bad],
    'of an unknown opcode': [1002, 'malformed', { opcode: 3 }],
    'without a mask': [1002, 'malformed', { opcode: BINARY, masked: false }],
    'that continue nothing': [1002, 'malformed', { opcode: CONTINUED }],
    'past the limit, by the header alone': [1009, 'too-large', oversize],
    'that promise 2^62 bytes': [1009, 'too-large', { opcode: BINARY, length: 2n ** 62n }],
    'past the limit in pieces': [
      1009,
      'too-large',
      [
        { opcode: BINARY, payload: Buffer.alloc(LIMIT), fin: false },
        { opcode: CONTINUED, payload: Buffer.alloc(1) },
      ],
    ],
    'with a reason that is not UTF-8': [
      1007,
      'malformed',
      { opcode: CLOSE, payload: Buffer.from([0x03, 0xe8, 0xff, 0xff]) },
    ],
  }
  for (const [what, [code, error, frames]] of Object.entries(refused)) {
    it(`${what} are refused with ${code}, and the agent is told why`, async () => {
      const raw = await upgraded()
      raw.write(Buffer.concat([frames].flat().map(frame)))
      expect(await raw.closeCode()).toBe(code)
      expect(await lastClosed()).toEqual([`local: ${error}`])
    })
  }

  const codes: Record<number, string> = {
    1000: 'remote: in good order',
    1001: 'remote: in good order',
    1008: 'remote: connection-lost',
    4000: 'remote: connection-lost',
  }
  for (const [code, expected] of Object.entries(codes)) {
    it(`that close with ${code} are told as "${expected}"`, async () => {
      const raw = await upgraded()
      const payload = Buffer.alloc(2)
      payload.writeUInt16BE(Number(code))
      raw.write(frame({ opcode: CLOSE, payload }))
      expect(await raw.closeCode()).toBe(Number(code))
      expect(await lastClosed()).toEqual([expected])
    })
  }
})

describe('who may not connect', () => {
  it('is a page of another origin, a program without the token, a rebound name', async () => {
    const before = told.length
    const page = { ...asked, Origin: ORIGIN }
    expect(await status({ ...page, Origin: 'http://127.0.0.1.evil.test:5173' })).toBe(403)
    expect(await status({ ...page, Origin: 'null' })).toBe(403)
    expect(await status({ Origin: ORIGIN })).toBe(401)
    expect(await status({})).toBe(401)
    expect(await status({ 'Sec-WebSocket-Protocol': `${shown}x` })).toBe(401)
    expect(await status({ ...page, Host: `evil.test:${port.port}` })).toBe(403)
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`X-${at}`, 'y']))
    expect(await status({ ...page, ...many })).toBe(431)
    expect(told.length).toBe(before)
    expect(await status(page)).toBe(101)
  })

  it('is decided by the origin alone where there is no token', async () => {
    await using open = new ChannelHost({ token: false, origins: [ORIGIN] })
    expect(open.token).toBeUndefined()
    const listened = await open.agent().listen(0)
    const dialled = websocket(listened.endpoint, { token: false }).connect()
    await expect(dialled).rejects.toMatchObject({ code: 'permission-denied' })
  })

  it('a host that makes its token makes a long one, and another each time', async () => {
    const environment = process.env.TIELINE_TOKEN
    delete process.env.TIELINE_TOKEN
    const tokens = [new ChannelHost().token, new ChannelHost().token]
    if (environment !== undefined) process.env.TIELINE_TOKEN = environment
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
  })

  it('a host cannot be told to let every page in, or every machine', async () => {
    await using anyone = new ChannelHost({ origins: ['*'] })
    await expect(anyone.agent().listen(0)).rejects.toMatchObject({ code: 'invalid-argument' })
    await using everywhere = new ChannelHost({ address: '0.0.0.0' })
    await expect(everywhere.agent().listen(0)).rejects.toMatchObject({ code: 'permission-denied' })
  })
})

describe('a port that only the system’s administrator may have', () => {
  const start = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
  const open = process.platform !== 'linux' || Number(readFileSync(start, 'utf8')) <= 1
  // Root is let in by a capability, which this child does without.
  const root = process.geteuid?.() === 0
  const setpriv = ['--bounding-set', '-net_bind_service', process.execPath]
  it.skipIf(open)('is refused as that, and the host goes on', () => {
    const program = `
      import { ChannelHost } from '@tieline/channel-host'
      const host = new ChannelHost()
      const agent = host.agent()
      const told = await agent.listen(1).catch((error) => error.code)
      const { port } = await agent.listen(0)
      console.log(told, port > 0)
      await host.close()
    `
    const node = ['--input-type=module', '-e', program]
    const { stdout, stderr } = spawnSync(
      root ? '/usr/bin/setpriv' : process.execPath,
      root ? [...setpriv, ...node] : node,
      { cwd: import.meta.dirname, encoding: 'utf8', timeout: 15_000 },
    )
    expect(stderr).toBe('')
    expect(stdout).toBe('permission-denied true\n')
  })
})
