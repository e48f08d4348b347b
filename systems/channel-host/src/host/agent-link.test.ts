// What an agent in another process may do to its host: bytes by hand on the local socket.
import { join } from 'node:path'
import { type Limits, limitsWith } from 'tieline'
import type { Channel } from 'tieline/channel'
import { local } from 'tieline/transport'
import { ByteSink } from 'tieline/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../../../../test/support/at-end.js'
import { agentWire } from '../envelope/codec.js'
import { type Message, VERSION } from '../envelope/messages.js'
import { ChannelHost } from '../index.js'
import { bytesOf, client, textOf } from '../testing/hosted.js'

const soon = { timeout: 15_000 }
let directory: string
let at: string
let host: ChannelHost
const failures: Error[] = []

beforeEach(() => {
  directory = ownFolder()
  at = `unix:${join(directory, 'agents.sock')}`
  failures.length = 0
})
afterEach(async () => {
  await host.close()
})

async function hosting(limits: Partial<Limits> = {}): Promise<void> {
  host = new ChannelHost({ token: 'secret', limits, failed: (error) => failures.push(error) })
  await host.serveAgents({ at })
}

/** An agent that says what it is told to, and keeps what it hears. */
class RawAgent {
  readonly heard: Message[] = []
  readonly channel: Channel
  ended = false
  readonly #wire = agentWire()

  constructor(channel: Channel) {
    this.channel = channel
    const decoder = this.#wire.decoder(limitsWith({ frameBytes: 2 ** 27 }))
    channel.open({
      message: (chunk) => decoder.push(chunk, (message) => this.heard.push(message)),
      drained() {},
      closed: () => {
        this.ended = true
      },
    })
  }

  static async connect(): Promise<RawAgent> {
    const agent = new RawAgent(await local(at).connect())
    await agent.until('Welcome')
    return agent
  }

  say(...messages: Message[]): void {
    const out = new ByteSink()
    for (const one of messages) this.#wire.encode(one, out, limitsWith({ frameBytes: 2 ** 27 }))
    const bytes = out.take()
    if (bytes !== undefined) this.channel.send(bytes)
  }

  /** The first message of that kind that has not been asked for. */
  async until<K extends Message['kind']>(kind: K): Promise<Message & { kind: K }> {
    await expect.poll(() => this.heard.some((one) => one.kind === kind), soon).toBe(true)
    const found = this.heard.findIndex((one) => one.kind === kind)
    return this.heard.splice(found, 1)[0] as Message & { kind: K }
  }

  async listens(userId = 'raw'): Promise<number> {
    this.say({ kind: 'PortListen', port: 0, userId })
    const { port, result } = await this.until('PortListenResult')
    expect(result).toBe(0)
    return port
  }
}

const url = (port: number) => `ws://127.0.0.1:${port}/`

describe('an agent with nothing but the original’s messages', () => {
  it('is told Welcome, and gets one answer for each port', async () => {
    await hosting()
    const agent = new RawAgent(await local(at).connect())
    expect(await agent.until('Welcome')).toMatchObject({
      version: VERSION,
      endpoint: 'ws://127.0.0.1:0/',
      messageBytes: 16 * 1024 * 1024,
    })
    const port = await agent.listens('one')
    agent.say({ kind: 'PortListen', port, userId: 'two' })
    expect(await agent.until('PortListenResult')).toEqual({
      kind: 'PortListenResult',
      port,
      userId: 'two',
      result: 2,
    })
    expect(await agent.until('Failure')).toMatchObject({ port, code: 'endpoint-in-use' })
    agent.say({ kind: 'PortIgnore', port, userId: 'two' })
    expect(await agent.until('Failure')).toMatchObject({ port, code: 'unknown-port' })
    agent.say({ kind: 'PortIgnore', port, userId: 'one' })
    expect(await agent.until('PortIgnored')).toMatchObject({ port, userId: 'one' })
    await agent.channel.close()
  })

  it('gets the answers in the order in which it asked', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const names = Array.from({ length: 50 }, (_, at) => `agent ${at}`)
    agent.say(...names.map((userId) => ({ kind: 'PortListen' as const, port: 0, userId })))
    for (const userId of names) {
      expect(await agent.until('PortListenResult')).toMatchObject({ userId, result: 0 })
    }
  })

  it('is told of a message on a channel that is not there, or not its own', async () => {
    await hosting()
    const [agent, other] = [await RawAgent.connect(), await RawAgent.connect()]
    const there = await client(url(await other.listens()), 'secret')
    const { channel } = await other.until('Opened')
    for (const number of [channel, 0, 65_535]) {
      const content = bytesOf('for somebody else')
      agent.say({ kind: 'MessageToRemote', channel: number, content })
      expect(await agent.until('Failure')).toMatchObject({
        channel: number,
        code: 'unknown-channel',
      })
      agent.say({ kind: 'CloseChannel', channel: number, code: '', message: '' })
      expect(await agent.until('Failure')).toMatchObject({ code: 'unknown-channel' })
      agent.say({ kind: 'Pause', channel: number })
    }
    other.say({ kind: 'MessageToRemote', channel, content: bytesOf('mine') })
    await expect.poll(() => there.messages.map(textOf), soon).toEqual(['mine'])
    expect(there.ends).toEqual([])
  })

  it('is read no further while a client of its own is too slow, and memory stays flat', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const slow = await client(url(await agent.listens()), 'secret')
    const { channel } = await agent.until('Opened')
    slow.channel.pause()
    const content = new Uint8Array(256 * 1024)
    const before = process.memoryUsage().rss
    let offered = 0
    // It never counts credit: the socket tells it to wait.
    for (; offered < 400 && agent.channel.buffered < 2 ** 23; offered++) {
      agent.say({ kind: 'MessageToRemote', channel, content })
      await new Promise(setImmediate)
    }
    expect(offered).toBeLessThan(400)
    const other = await RawAgent.connect()
    const there = await client(url(await other.listens()), 'secret')
    const opened = await other.until('Opened')
    other.say({ kind: 'MessageToRemote', channel: opened.channel, content: bytesOf('quick') })
    await expect.poll(() => there.messages.map(textOf), soon).toEqual(['quick'])
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
    slow.channel.resume()
    await expect.poll(() => slow.bytes, soon).toBe(offered * content.length)
  })

  it('that does not read what its clients say makes them wait', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const there = await client(url(await agent.listens()), 'secret')
    await agent.until('Opened')
    agent.channel.pause()
    let offered = 0
    while (offered < 400 && there.channel.send(new Uint8Array(256 * 1024))) {
      offered += 1
      await new Promise(setImmediate)
    }
    expect(offered).toBeLessThan(400)
    agent.channel.resume()
    await expect.poll(() => there.channel.buffered, soon).toBe(0)
  })

  it('that reads nothing of many clients is waited for, and then hears all of each, in order', async () => {
    await hosting({ queuedBytes: 4 * 2 ** 20, frameBytes: 2 ** 20 })
    const agent = await RawAgent.connect()
    const port = await agent.listens()
    const clients = await Promise.all(Array.from({ length: 30 }, () => client(url(port), 'secret')))
    for (const _ of clients) await agent.until('Opened')
    agent.channel.pause()
    // 30 MiB: more than may wait for the agent, and more than the kernel holds.
    const COUNT = 16
    for (let number = 0; number < COUNT; number++) {
      const content = new Uint8Array(64 * 1024).fill(number)
      for (const { channel } of clients) channel.send(content)
    }
    // Another agent is served meanwhile: the host has gone round often enough to read what it would.
    const other = await RawAgent.connect()
    for (let round = 0; round < 20; round++) await other.listens(`round ${round}`)
    expect(agent.ended).toBe(false)
    agent.channel.resume()
    const contents = () => agent.heard.filter(({ kind }) => kind === 'MessageFromRemote')
    await expect.poll(() => contents().length, soon).toBe(COUNT * clients.length)
    const next = new Map<number, number>()
    for (const message of contents()) {
      const { channel, content } = message as Message & { kind: 'MessageFromRemote' }
      expect(content[0]).toBe(next.get(channel) ?? 0)
      next.set(channel, (next.get(channel) ?? 0) + 1)
    }
    expect(failures).toEqual([])
    await Promise.all(clients.map(({ channel }) => channel.close()))
    await other.channel.close()
    await agent.channel.close()
  })

  it('may speak of a channel that was just closed; its number is nobody else’s until it knows', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const port = await agent.listens()
    const first = await client(url(port), 'secret')
    const { channel } = await agent.until('Opened')
    await first.channel.close()
    await agent.until('ChannelClosed')
    agent.say({ kind: 'MessageToRemote', channel, content: bytesOf('late') })
    expect(await agent.until('Failure')).toMatchObject({ channel, code: 'unknown-channel' })
    const numbers = new Set<number>()
    for (let i = 0; i < 5; i++) {
      await client(url(port), 'secret')
      numbers.add((await agent.until('Opened')).channel)
    }
    expect(numbers.size).toBe(5)
    expect(numbers.has(channel)).toBe(false)
    // Now it knows; a second time it would be a channel that is not there.
    agent.say({ kind: 'CloseChannel', channel, code: '', message: '' })
    agent.say({ kind: 'CloseChannel', channel, code: '', message: '' })
    expect(await agent.until('Failure')).toMatchObject({ code: 'unknown-channel' })
    expect(agent.heard.filter(({ kind }) => kind === 'ChannelClosed')).toEqual([])
  })

  it('that goes away leaves nothing: its clients are told 1001, its ports are free', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const port = await agent.listens()
    const there = await client(url(port), 'secret')
    await agent.until('Opened')
    agent.channel.abort(new Error('killed'))
    await expect.poll(() => there.ends, soon).toEqual([{ by: 'remote' }])
    await expect.poll(() => host.status, soon).toEqual({ ports: [], channels: 0, agents: 0 })
    const other = await RawAgent.connect()
    other.say({ kind: 'PortListen', port, userId: '' })
    expect(await other.until('PortListenResult')).toMatchObject({ port, result: 0 })
  })

  it('that was killed is told of in one plain line', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const port = await agent.listens()
    agent.channel.pause()
    // What it is answered it never reads: its end is no end in good order.
    agent.say({ kind: 'PortIgnore', port: 1, userId: 'raw' })
    const other = await RawAgent.connect()
    await other.listens()
    agent.channel.abort(new Error('killed'))
    await expect.poll(() => host.status.agents, soon).toBe(1)
    expect(failures.map(({ message }) => message)).toEqual([
      `the agent of port ${port} is gone without closing: its process was killed, or crashed`,
    ])
  })
})

describe('an agent that is hostile', () => {
  const garbage: Record<string, Uint8Array> = {
    HTTP: bytesOf('GET / HTTP/1.1\r\n\r\n'),
    'a length of 4 GiB': Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    'an empty message': Uint8Array.of(0, 0, 0, 0),
    'a message of zeros': new Uint8Array(104).fill(0).fill(100, 0, 1),
    'random bytes': Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) >>> 3),
  }
  for (const [what, bytes] of Object.entries(garbage)) {
    it(`and sends ${what} is disconnected, and nobody else`, async () => {
      await hosting()
      const [bad, good] = [await RawAgent.connect(), await RawAgent.connect()]
      const there = await client(url(await good.listens()), 'secret')
      const { channel } = await good.until('Opened')
      bad.channel.send(bytes)
      await expect.poll(() => bad.ended, soon).toBe(true)
      expect(failures.map((error) => (error as { code?: string }).code)).toEqual([
        expect.stringMatching(/^(malformed|too-large)$/),
      ])
      good.say({ kind: 'MessageToRemote', channel, content: bytesOf('well') })
      await expect.poll(() => there.messages.map(textOf), soon).toEqual(['well'])
      expect(host.status.agents).toBe(1)
    })
  }

  it('and sends what is a host’s to send is disconnected', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    agent.say({ kind: 'Opened', port: 1, userId: '', channel: 1 })
    await expect.poll(() => agent.ended, soon).toBe(true)
    expect(failures.map(String)).toEqual([expect.stringContaining('Opened')])
  })

  it('and begins a message and never ends it is disconnected', async () => {
    await hosting({ partialFrameMs: 50 })
    const agent = await RawAgent.connect()
    agent.channel.send(Uint8Array.of(100, 0, 0, 0, 1))
    await expect.poll(() => agent.ended, soon).toBe(true)
    expect(failures.map(String)).toEqual([expect.stringContaining('did not finish a message')])
  })

  it('is none for sending without a pause, cut anywhere, for longer than a message may take', async () => {
    await hosting({ partialFrameMs: 500 })
    const agent = await RawAgent.connect()
    const there = await client(url(await agent.listens()), 'secret')
    const { channel } = await agent.until('Opened')
    const out = new ByteSink()
    const content = new Uint8Array(100)
    agentWire().encode({ kind: 'MessageToRemote', channel, content }, out, limitsWith())
    const message = Buffer.concat([out.take() ?? []].flat())
    // From the middle of one to the middle of the next.
    agent.channel.send(message.subarray(0, 50))
    const turned = Buffer.concat([message.subarray(50), message.subarray(0, 50)])
    for (let i = 0; i < 30; i++) {
      agent.channel.send(turned)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    agent.channel.send(message.subarray(50))
    await expect.poll(() => there.messages.length, soon).toBe(31)
    expect(failures).toEqual([])
  })

  it('and asks for more at once than is answered is disconnected', async () => {
    await hosting({ calls: 10 })
    const agent = await RawAgent.connect()
    const ask = { kind: 'PortConnect', url: 'ws://127.0.0.1:1/', userId: '', token: '' } as const
    const more = { subprotocol: '', reconnect: true }
    for (let request = 1; request <= 11; request++) agent.say({ ...ask, ...more, request })
    await expect.poll(() => agent.ended, soon).toBe(true)
    expect(failures.map((error) => (error as { code?: string }).code)).toContain(
      'resource-exhausted',
    )
    await expect.poll(() => host.status.agents, soon).toBe(0)
  })

  it('and is one too many is turned away', async () => {
    await hosting({ connections: 1 })
    const agent = await RawAgent.connect()
    const other = new RawAgent(await local(at).connect())
    await expect.poll(() => other.ended, soon).toBe(true)
    await agent.listens()
  })

  it('of a newer kind is told what is not known here', async () => {
    await hosting()
    const agent = await RawAgent.connect()
    const out = new ByteSink()
    agentWire().encode({ kind: 'Pause', channel: 1 }, out, limitsWith())
    const bytes = Buffer.concat([out.take() ?? []].flat())
    bytes[bytes.lastIndexOf(15)] = 99
    agent.channel.send(bytes)
    expect(await agent.until('Failure')).toMatchObject({ code: 'unsupported' })
  })
})
