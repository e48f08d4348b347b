// Row 31: a server that drains under load loses nothing that it accepted, keeps its deadline and exits
// by itself. An idle client with `hold: false` does not keep its process alive.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Channel } from 'tieline/channel'
import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { endPrograms, errorOf, Program, until } from 'tieline/testing'
import { local, Mailbox, mailbox } from 'tieline/transport'
import { afterEach, describe, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'

const directory = ownFolder()
let sockets = 0
afterEach(endPrograms)

const nextEndpoint = () => `unix:${directory}/${++sockets}.sock`

// Calls take a moment, and are written down when they begin. SIGTERM drains; nobody calls exit.
const SERVER = `
  import { appendFileSync } from 'node:fs'
  import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, name, ran, within] = process.argv.slice(1)
  const protocol = { native, 'msgpack-rpc': msgpackRpc, 'json-rpc': jsonRpc }[name]({ framing: 'lines' })
  const peers = new Set()
  const service = async ({ method, params: [id] }) => {
    appendFileSync(ran, id + '\\n')
    if (method === 'never') await new Promise(() => {})
    await new Promise((resolve) => setTimeout(resolve, id % 20))
    return id
  }
  const accept = (channel) => {
    const peer = new Peer(channel, { protocol, role: 'server', service })
    peers.add(peer)
    void peer.closed.then(() => peers.delete(peer))
  }
  const listener = await local(endpoint).listen({ accept })
  process.once('SIGTERM', async () => {
    await listener.close()
    await Promise.all([...peers].map((peer) => peer.close({ within })))
    console.log('drained')
  })
  console.log('ready')
`

describe.each([
  ['native', native],
  ['msgpack-rpc', msgpackRpc],
  ['json-rpc', () => jsonRpc({ framing: 'lines' })],
])('a server of %s', (name, protocol) => {
  async function connected(within: string) {
    const endpoint = nextEndpoint()
    const ran = join(directory, `ran-${sockets}.txt`)
    const server = new Program(SERVER, { args: [endpoint, name, ran, within] })
    await server.line('ready')
    const channel = await local(endpoint).connect()
    const client = new Peer(channel, { protocol: protocol(), role: 'client' })
    atEnd(() => client.abort())
    await client.ready
    return { server, client, ids: () => readFileSync(ran, 'utf8').trim().split('\n').map(Number) }
  }

  test('answers all that it accepted, refuses the rest, and exits by itself', async () => {
    const { server, client, ids } = await connected('5s')
    const answered = new Set<unknown>()
    const refused = new Set<string>()
    let last = 0
    const load = async () => {
      while (client.state !== 'closed') {
        try {
          answered.add(await client.call('run', [++last]))
        } catch (error) {
          const { code, message } = error as { code: string; message: string }
          refused.add(message.includes('is closing') ? 'unavailable' : code)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    }
    const loads = Array.from({ length: 50 }, load)
    await until('it is busy', () => answered.size > 500)
    server.kill('SIGTERM')
    expect(await server.exit).toEqual({ code: 0, signal: null })
    await Promise.all(loads)
    expect(server.lines).toContain('drained')
    expect(ids().filter((id) => !answered.has(id))).toEqual([])
    for (const code of refused) expect(['unavailable', 'connection-lost']).toContain(code)
    expect((await client.closed).error).toBeUndefined()
  })

  test('waits no longer than its deadline for a handler that never ends', async () => {
    const { server, client } = await connected('300ms')
    const error = errorOf(client.call('never', [1], { timeout: '1h' }))
    const second = client.call('run', [2])
    expect(await second).toBe(2)
    server.kill('SIGTERM')
    expect(await server.exit).toEqual({ code: 0, signal: null })
    expect(await error).toMatchObject({ code: 'connection-lost', sent: 'maybe', method: 'never' })
  })
})

// Connects through a connector, as `connect` does, and does what it is told.
const CLIENT = `
  import { Connector } from 'tieline/connector'
  import { native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, hold, what] = process.argv.slice(1)
  const options = { protocol: native(), role: 'client', hold: hold === 'true' }
  const connector = new Connector({
    endpoint,
    hold: options.hold,
    reconnect: { base: 50, cap: 100 },
    open: async (signal) => {
      const peer = new Peer(await local(endpoint).connect({ signal }), options)
      await peer.ready
      return peer
    },
  })
  await connector.start()
  if (what === 'call') {
    const lost = ({ code, sent }) => console.log('lost', code, sent)
    void connector.call('slow').then((answer) => console.log('answer', answer), lost)
  } else if (what === 'stream') {
    for await (const item of connector.stream('items')) console.log('item', item)
  } else if (what === 'close') {
    await connector.close()
  } else {
    console.log('hello', await connector.call('hello'))
  }
  console.log('idle')
`

describe('a client’s process', () => {
  async function serving() {
    const endpoint = nextEndpoint()
    const peers = new Set<Peer>()
    const service: Service = async ({ method }) => {
      if (method === 'slow') await new Promise((resolve) => setTimeout(resolve, 300))
      if (method !== 'items') return 'hi'
      return (async function* () {
        for (let n = 0; n < 3; n++) {
          await new Promise((resolve) => setTimeout(resolve, 100))
          yield n
        }
      })()
    }
    const listener = await local(endpoint).listen({
      accept: (channel: Channel) => {
        const peer = new Peer(channel, { protocol: native(), role: 'server', service })
        peers.add(peer)
        void peer.closed.then(() => peers.delete(peer))
      },
    })
    atEnd(() => listener.close())
    atEnd(() => {
      for (const peer of peers) peer.abort()
    })
    return { endpoint, peers, close: () => listener.close() }
  }

  test('ends when it has nothing to do, unless the client holds it', async () => {
    const { endpoint, peers } = await serving()
    const holds = new Program(CLIENT, { args: [endpoint, 'true', 'hello'] })
    await holds.line('idle')
    const idle = new Program(CLIENT, { args: [endpoint, 'false', 'hello'] })
    expect(await idle.exit).toEqual({ code: 0, signal: null })
    expect(idle.lines).toEqual(['hello hi', 'idle'])
    expect(holds.isRunning).toBe(true)
    await until('only one is connected', () => peers.size === 1)
  })

  test('waits for a call and for a stream all the same', async () => {
    const { endpoint } = await serving()
    const call = new Program(CLIENT, { args: [endpoint, 'false', 'call'] })
    const stream = new Program(CLIENT, { args: [endpoint, 'false', 'stream'] })
    expect(await call.exit).toEqual({ code: 0, signal: null })
    expect(call.lines).toEqual(['idle', 'answer hi'])
    expect(await stream.exit).toEqual({ code: 0, signal: null })
    expect(stream.lines).toEqual(['item 0', 'item 1', 'item 2', 'idle'])
  })

  test.each(['true', 'false'])('ends after close, hold: %s', async (hold) => {
    const { endpoint, peers } = await serving()
    const child = new Program(CLIENT, { args: [endpoint, hold, 'close'] })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.lines).toEqual(['idle'])
    await until('it is gone', () => peers.size === 0)
  })

  test('ends when its server goes and it does not hold: it does not dial for ever', async () => {
    const { endpoint, peers, close } = await serving()
    const child = new Program(CLIENT, { args: [endpoint, 'false', 'call'] })
    await until('it calls', () => [...peers].some((peer) => peer.load.incoming === 1))
    await close()
    for (const peer of peers) peer.abort()
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.lines).toEqual(['idle', 'lost connection-lost maybe'])
  })
})

// A mailbox takes 100 messages that nobody has read: the last one waits for room.
const SENDER = `
  import { Mailbox } from 'tieline/transport'
  const mailbox = await Mailbox.open(process.argv[1], 'backend')
  const send = (n) => mailbox.writer.send({ type: 'event', method: 'm', payload: n }).written
  await Promise.all(Array.from({ length: 100 }, (_, n) => send(n)))
  const last = send(100)
  console.log('full')
  await last
  console.log('written')
`

describe('a process that only waits for room in a mailbox', () => {
  test('stays until there is some, and then exits by itself', async () => {
    const at = join(directory, 'mailbox')
    const sender = new Program(SENDER, { args: [at] })
    await sender.line('full')
    const mailbox = await Mailbox.open(at, 'frontend')
    atEnd(() => mailbox.close())
    await mailbox.claim({
      arrived: (all) => mailbox.done(all.map(({ message }) => message.id)),
    })
    expect(await sender.exit).toEqual({ code: 0, signal: null })
    expect(sender.lines).toContain('written')
  })
})

// A channel that holds nothing is closed, and nothing else holds the process.
const CLOSER = `
  import { local, mailbox } from 'tieline/transport'
  const [endpoint, count, bytes] = process.argv.slice(1)
  const transport = endpoint.startsWith('mailbox:') ? mailbox(endpoint) : local(endpoint)
  const channel = await transport.connect()
  channel.open({ message() {}, drained() {}, closed() {} })
  channel.hold(false)
  for (let n = 0; n < count; n++) channel.send(new Uint8Array(Number(bytes)))
  console.log('closing')
  await channel.close()
  console.log('closed')
`

describe('a process that only waits for the end of a channel', () => {
  test('sees it although the other side never closes, and then exits by itself', async () => {
    const endpoint = nextEndpoint()
    const accept = (channel: Channel) => atEnd(() => channel.abort(new Error('over')))
    const listener = await local(endpoint).listen({ accept })
    atEnd(() => listener.close())
    const closer = new Program(CLOSER, { args: [endpoint, '1', '10'] })
    expect(await closer.exit).toEqual({ code: 0, signal: null })
    expect(closer.lines).toEqual(['closing', 'closed'])
  })

  test('sees it although it waits for room in a mailbox, and then exits by itself', async () => {
    const at = join(directory, 'closer')
    let accepted: Channel | undefined
    const accept = (channel: Channel) => {
      accepted = channel
    }
    const listener = await mailbox(`mailbox:${at}#backend`).listen({ accept })
    atEnd(() => listener.close())
    const closer = new Program(CLOSER, { args: [`mailbox:${at}#frontend`, '10', '250000'] })
    await closer.line('closing')
    // Unread, the file takes three of them.
    await until('it is full', () => statSync(`${at}/frontend_to_backend.json`).size > 9e5)
    let bytes = 0
    const message = (chunk: Uint8Array) => {
      bytes += chunk.length
    }
    accepted?.open({ message, drained() {}, closed() {} })
    expect(await closer.exit).toEqual({ code: 0, signal: null })
    expect(closer.lines).toEqual(['closing', 'closed'])
    expect(bytes).toBe(2_500_000)
  })
})
