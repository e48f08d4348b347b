// One endpoint that answers several protocols: over a Unix socket, with contracts.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { anyOf, jsonRpc, msgpackRpc, native, type Protocol } from '../dialect/index.js'
import type { Limits } from '../limits.js'
import { type } from '../service/schema.js'
import { connect } from './connect.js'
import { call, contract, notify } from './contract.js'
import { implement } from './implement.js'
import { type Server, serve } from './serve.js'

const Adder = contract({
  name: 'adder',
  version: '1.0',
  methods: {
    add: call({
      input: type<{ a: number; b: number }>(),
      output: type<number>(),
      params: ['a', 'b'],
    }),
    length: call({ input: type<unknown>(), output: type<number>() }),
    sum: call({ input: type<number[]>(), output: type<number>(), params: 'array' }),
    ask: call({ output: type<string>() }),
    log: notify({ input: type<string>() }),
  },
})
const Asked = contract({
  name: 'asked',
  version: '1.0',
  methods: { name: call({ input: type<{ polite: boolean }>(), output: type<string>() }) },
})

const lines = () => jsonRpc({ framing: 'lines' })
const PROTOCOLS: [string, Protocol][] = [
  ['native', native()],
  ['MessagePack-RPC', msgpackRpc()],
  ['JSON-RPC', lines()],
  ['JSON-RPC by position', jsonRpc({ framing: 'lines', params: 'array' })],
  ['JSON-RPC behind headers', jsonRpc({ framing: 'content-length' })],
]

const folders: string[] = []
const servers: Server[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await server.abort()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function served(limits: Partial<Limits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tieline-any-of-'))
  folders.push(folder)
  const path = join(folder, 's')
  const logged: string[] = []
  const failures: Error[] = []
  const server = await serve(
    Adder,
    {
      add: ({ a, b }) => a + b,
      length: (value) => JSON.stringify(value).length,
      sum: (numbers) => numbers.reduce((sum, each) => sum + each, 0),
      ask: async (_, { peer }) => String(await peer.call('name', { polite: true })),
      log: (text) => void logged.push(text),
    },
    {
      at: `unix:${path}`,
      protocol: anyOf(msgpackRpc(), lines(), jsonRpc({ framing: 'content-length' }), native()),
      limits,
      failed: (error) => failures.push(error),
    },
  )
  servers.push(server)
  return { server, path, logged, failures }
}

/** A socket, and all that comes until it ends. */
function raw(path: string) {
  const socket = dial(path)
  sockets.push(socket)
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  // A connection that is broken off is what some tests want.
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
  const said = (count: number) =>
    new Promise<string[]>((resolve) => {
      const look = () => {
        const found = text.split('\n').slice(0, -1)
        if (found.length >= count) resolve(found)
        else socket.once('data', look)
      }
      look()
    })
  return { socket, ended, said }
}

describe('one endpoint', () => {
  test.each(PROTOCOLS)('answers and calls back one who speaks %s', async (_, protocol) => {
    const { path, logged } = await served()
    const offers = implement(Asked, { name: ({ polite }) => (polite ? 'Ada, please' : 'Ada') })
    const adder = await connect(Adder, { at: `unix:${path}`, protocol, offers, reconnect: false })
    expect(await adder.add({ a: 3, b: 4 })).toBe(7)
    expect(await adder.sum([1, 2, 3])).toBe(6)
    expect(await adder.sum([])).toBe(0)
    for (const value of ['text', 5, null, [1, 2], [[]], { a: 1 }, [{ a: 1 }]]) {
      expect(await adder.length(value)).toBe(JSON.stringify(value).length)
    }
    expect(await adder.length('x'.repeat(200_000))).toBe(200_002)
    expect(await adder.ask()).toBe('Ada, please')
    adder.log('hello')
    await adder.add({ a: 0, b: 0 })
    expect(logged).toEqual(['hello'])
    await adder[Symbol.asyncDispose]()
  })

  test('answers many at once, each in its own tongue', async () => {
    const { path, server } = await served()
    const clients = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        connect(Adder, {
          at: `unix:${path}`,
          protocol: (PROTOCOLS[i % PROTOCOLS.length] as [string, Protocol])[1],
        }),
      ),
    )
    const sums = await Promise.all(clients.map((adder, i) => adder.add({ a: i, b: 1 })))
    expect(sums).toEqual(clients.map((_, i) => i + 1))
    expect(server.peers.size).toBe(60)
    await Promise.all(clients.map((adder) => adder[Symbol.asyncDispose]()))
  })

  test('takes params by name and by position from who speaks JSON-RPC', async () => {
    const { path } = await served()
    const { socket, said } = raw(path)
    const texts = ['{"a":1,"b":2}', '[1,2]', '[1]'].map(
      (params, id) => `{"jsonrpc":"2.0","method":"add","params":${params},"id":${id}}\n`,
    )
    // Byte by byte, with a little time after the first ones.
    for (const [at, char] of Array.from(texts.join('')).entries()) {
      socket.write(char)
      if (at < 5) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const answers = await said(3)
    expect(answers.map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
      { result: 3, id: 0 },
      { result: 3, id: 1 },
      { error: { code: -32602, message: 'expected 2 param(s): a, b' }, id: 2 },
    ])
  })

  test('closes one who speaks none of them, says what was expected, and goes on', async () => {
    const { path, failures } = await served()
    const other = await connect(Adder, { at: `unix:${path}`, protocol: lines() })
    const { socket, ended } = raw(path)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    expect(await ended).toBe('')
    expect(failures).toMatchObject([
      {
        code: 'malformed',
        message: expect.stringContaining(
          'begins with byte 0x47; expected msgpack-rpc, json-rpc, json-rpc or native',
        ),
      },
    ])
    expect(await other.add({ a: 1, b: 1 })).toBe(2)
    await other[Symbol.asyncDispose]()
  })

  test('closes one who says nothing, or too little', async () => {
    const { path, failures } = await served({ firstFrameMs: 50 })
    const silent = raw(path)
    const slow = raw(path)
    slow.socket.write('  ')
    expect(await Promise.all([silent.ended, slow.ended])).toEqual(['', ''])
    expect(failures.map((error) => (error as Error & { code: string }).code)).toEqual([
      'deadline-exceeded',
      'deadline-exceeded',
    ])
  })

  test('closes without waiting for those who have not said what they speak', async () => {
    const { path, server, failures } = await served()
    const { socket, ended } = raw(path)
    await new Promise((resolve) => socket.once('connect', resolve))
    // Another one is through, so the first has been accepted.
    const other = await connect(Adder, { at: `unix:${path}`, protocol: lines() })
    await other.add({ a: 1, b: 1 })
    await server.close()
    expect(await ended).toBe('')
    expect(failures).toEqual([])
    await other[Symbol.asyncDispose]()
  })
})
