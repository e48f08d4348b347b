// Calls of functions in the original's way: its client and our functions, our client and its server,
// and frames that nobody should send.
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  connectOriginalRpc,
  type OriginalRpc,
  type OriginalRpcServer,
  serveOriginalRpc,
} from '@tieline/web-bridge'
import { fail } from 'tieline'
import { until } from 'tieline/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { type RunningZap, startZap, zap } from '../support/zap.js'
import { type ZapRpcClient, zapRpcClient } from './zap-rpc-client.js'

interface Golden {
  readonly frames: readonly {
    readonly hex: string
    readonly value: Readonly<Record<string, string>>
  }[]
}

const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../golden/zap.json', import.meta.url)), 'utf8'),
) as Golden

let at: string

beforeEach(() => {
  at = join(ownFolder(), 'zap.sock')
})

async function serving(): Promise<OriginalRpcServer> {
  const server = await serveOriginalRpc(
    [
      {
        add: (params) => {
          const { a, b } = params as { a: number; b: number }
          return a + b
        },
        echo: (params) => params,
        nothing: () => undefined,
        secret: () => {
          throw new Error('a secret')
        },
        refuse: () => {
          throw fail('not-today', 'come back tomorrow')
        },
        never: () => new Promise(() => {}),
        slow: async (params) => {
          const { ms } = params as { ms: number }
          await new Promise((resolve) => setTimeout(resolve, ms))
          return ms
        },
      },
    ],
    { at },
  )
  atEnd(() => server.close({ withinMs: 0 }))
  return server
}

/** A plain socket to `.rpc`, and what has come on it. */
async function plain(): Promise<{ socket: Socket; received(): Buffer; closed: Promise<unknown> }> {
  const socket = connect(`${at}.rpc`)
  atEnd(() => socket.destroy())
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  return { socket, received: () => Buffer.concat(chunks), closed }
}

function frame(payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as string)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

const callOf = (name: string, params: unknown, id: string): Buffer =>
  frame(JSON.stringify({ type: 'rpc_call', function_name: name, params, request_id: id }))

describe("the original's client with our functions", () => {
  let client: ZapRpcClient
  let server: OriginalRpcServer

  beforeEach(async () => {
    server = await serving()
    client = await zapRpcClient(server.path)
    atEnd(() => client.closeRpcClient())
  })

  it('gets results', async () => {
    expect(await client.rpcCall('add', { a: 1, b: 2 })).toBe(3)
    const value = { text: 'grüße', list: [1, -2, 3.5, null, true], nested: { a: {} } }
    expect(await client.rpcCall('echo', value)).toEqual(value)
    expect(await client.rpcCall('nothing')).toBeNull()
  })

  it('gets errors of a type that it knows, without what a function did not mean to tell', async () => {
    await expect(client.rpcCall('nope')).rejects.toMatchObject({
      name: 'RpcError',
      errorType: 'RpcError',
      message: "RPC function 'nope' not implemented",
    })
    await expect(client.rpcCall('add', [1, 2])).rejects.toMatchObject({
      errorType: 'RpcError',
      message: 'RPC params must be an object, got: array',
    })
    await expect(client.rpcCall('secret')).rejects.toMatchObject({
      errorType: 'RpcError',
      message: 'internal error',
    })
    await expect(client.rpcCall('refuse')).rejects.toMatchObject({
      errorType: 'not-today',
      message: 'come back tomorrow',
    })
  })

  // The original answers calls of one connection in turn; a slow one would hold up all behind it.
  it('is answered as functions are ready, not in turn', async () => {
    const slow = client.rpcCall('never', {}, 60_000)
    slow.catch(() => {})
    expect(await client.rpcCall('add', { a: 1, b: 1 })).toBe(2)
    const times = [30, 20, 10, 0]
    expect(await Promise.all(times.map((ms) => client.rpcCall('slow', { ms })))).toEqual(times)
  })
})

describe('our functions at the .rpc socket', () => {
  it('answer in JSON who speaks JSON, and in MessagePack who speaks that', async () => {
    await serving()
    const { socket, received } = await plain()
    socket.write(callOf('add', { a: 1, b: 2 }, 'one'))
    await until('an answer came', () => received().length > 4)
    const text = received().subarray(4).toString()
    expect(JSON.parse(text)).toEqual({ type: 'rpc_response', request_id: 'one', result: 3 })
  })

  it('write the bytes of the original', async () => {
    await serving()
    const [expected] = golden.frames
    const { socket, received } = await plain()
    // {type, function_name, params: nil, request_id} in MessagePack.
    const call = [
      ...['\x84\xa4type\xa8rpc_call', '\xadfunction_name\xa4nope'],
      ...['\xa6params\xc0', '\xaarequest_id\xa7req_1_0'],
    ].join('')
    socket.write(frame(Buffer.from(call, 'latin1')))
    await until('an answer came', () => received().length > 4)
    expect(received().toString('hex')).toBe(expected?.hex)
  })

  it.each<[string, Buffer]>([
    ['an empty frame', Buffer.alloc(4)],
    ['a length past the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['broken JSON', frame('{"type":"rpc_call"')],
    ['broken MessagePack', frame(Uint8Array.of(0x84, 0xa4))],
    ['a list', frame(Uint8Array.of(0x90))],
    ['a call without a name', frame('{"type":"rpc_call","params":{},"request_id":"1"}')],
    [
      'a call whose id is a number',
      frame('{"type":"rpc_call","function_name":"add","params":{},"request_id":1}'),
    ],
    ['a type that is not known', frame('{"type":"rpc_other"}')],
    ['an answer to nothing', frame('{"type":"rpc_response","request_id":"x","result":1}')],
  ])('close a connection that sends %s, without a reply, and no other', async (_, bytes) => {
    const server = await serving()
    const other = await plain()
    const { socket, received, closed } = await plain()
    socket.write(bytes)
    await closed
    expect(received()).toHaveLength(0)
    other.socket.write(callOf('add', { a: 2, b: 2 }, 'x'))
    await until('an answer came', () => other.received().length > 4)
    expect(server.connections).toBe(1)
  })

  it('take the fields of every object for none of their own', async () => {
    await serving()
    const { socket, received } = await plain()
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      socket.write(callOf(name, {}, name))
    }
    const refusals = () => received().toString().split('not implemented').length - 1
    await until('all are refused', () => refusals() === 4)
  })

  // Fault: "the .rpc socket is world-accessible and left behind on exit".
  it('are at a socket for their owner alone, which is gone when they are', async () => {
    const server = await serving()
    expect(server.path).toBe(`${at}.rpc`)
    expect(statSync(server.path).mode & 0o777).toBe(0o600)
    await server.close()
    expect(existsSync(server.path)).toBe(false)
  })
})

describe.skipIf(!zap.available)("our client with the original's server", () => {
  let running: RunningZap
  let rpc: OriginalRpc

  beforeEach(async () => {
    running = await startZap({ socket: at, routes: [] })
    atEnd(() => running.stop())
    rpc = await connectOriginalRpc({ at })
    atEnd(() => rpc.close())
  })

  it('gets its errors', async () => {
    await expect(rpc.call('nope', {})).rejects.toMatchObject({
      code: 'unknown-method',
      message: "RPC function 'nope' not implemented",
    })
    await expect(rpc.call('nope')).rejects.toMatchObject({ code: 'unknown-method' })
  })

  it('refuses params that it would refuse, and streams, which it has not', async () => {
    await expect(rpc.call('nope', [1])).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(rpc.stream('nope', {}).next()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('makes many calls at once', async () => {
    const calls = Array.from({ length: 200 }, () =>
      rpc.call('nope', {}).catch((error) => error.code),
    )
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['unknown-method']))
  })
})

describe('our client', () => {
  // Fault: "a clean close leaves pending calls hanging until their timeout".
  it('rejects pending calls at once when the server closes in good order', async () => {
    const server = await serving()
    const rpc = await connectOriginalRpc({ at, reconnect: false })
    atEnd(() => rpc.close())
    const pending = rpc.call('never', {}, { timeout: '1h' })
    const rejected = expect(pending).rejects.toMatchObject({
      code: 'connection-lost',
      sent: 'maybe',
    })
    await until('one connection is open', () => server.connections === 1)
    await server.close({ withinMs: 0 })
    await rejected
  })

  // Fault: "concurrent first calls open several sockets".
  it('makes many first calls over one connection', async () => {
    const server = await serving()
    const rpc = await connectOriginalRpc({ at, background: true })
    atEnd(() => rpc.close())
    const sums = await Promise.all(
      Array.from({ length: 200 }, (_, n) => rpc.call('add', { a: n, b: 1 })),
    )
    expect(sums).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
    expect(server.connections).toBe(1)
  })

  it('comes back by itself', async () => {
    const first = await serving()
    const rpc = await connectOriginalRpc({ at })
    atEnd(() => rpc.close())
    expect(await rpc.call('add', { a: 1, b: 1 })).toBe(2)
    await first.close({ withinMs: 0 })
    await serving()
    expect(await rpc.call('add', { a: 2, b: 2 })).toBe(4)
  })

  it('gets the code of an error that a function of ours failed with on purpose', async () => {
    await serving()
    const rpc = await connectOriginalRpc({ at })
    atEnd(() => rpc.close())
    await expect(rpc.call('refuse', {})).rejects.toMatchObject({ code: 'not-today' })
    await expect(rpc.call('secret', {})).rejects.toMatchObject({ code: 'remote-error' })
    const late = rpc.call('slow', { ms: 100 }, { timeout: 20 })
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    expect(await rpc.call('add', { a: 1, b: 2 })).toBe(3)
  })
})
