// vscode-jsonrpc, which language servers and editors talk with, as a client of ours and as a server of
// ours, over a Unix socket and over stdio, both directions, cancels included.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  anyOf,
  call,
  connect,
  contract,
  fail,
  implement,
  jsonRpc,
  jsonRpcCode,
  native,
  notify,
  serve,
  type TielineError,
  type,
} from 'tieline'
import { Peer } from 'tieline/peer'
import { later } from 'tieline/testing'
import { child } from 'tieline/transport'
import { describe, expect, test } from 'vitest'
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  ParameterStructures,
  RequestType1,
  RequestType2,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { atEnd, ownFolder } from '../support/at-end.js'

const CHILD = fileURLToPath(new URL('./json-rpc-child.mjs', import.meta.url))
const protocol = () => jsonRpc({ framing: 'content-length' })

const Adder = contract({
  name: 'adder',
  version: '1.0',
  methods: {
    add: call({
      input: type<{ a: number; b: number }>(),
      output: type<number>(),
      params: ['a', 'b'],
    }),
    echo: call({ input: type<unknown>(), output: type<unknown>() }),
    nothing: call(),
    ask: call({ input: type<string>(), output: type<string>() }),
    fails: call({ input: type<string>() }),
    wait: call({ output: type<string>() }),
    log: notify({ input: type<{ text: string }>() }),
  },
})
const Asked = contract({
  name: 'asked',
  version: '1.0',
  methods: {
    name: call({ input: type<string>(), output: type<string>() }),
    waits: call({ output: type<string>() }),
    told: notify({ input: type<{ text: string }>() }),
  },
})

async function socketPath(): Promise<string> {
  const folder = ownFolder()
  return join(folder, 's')
}

/** vscode-jsonrpc at one end of a socket, listening. */
function vscode(socket: Socket, prepare: (connection: MessageConnection) => void = () => {}) {
  const connection = createMessageConnection(
    new SocketMessageReader(socket),
    new SocketMessageWriter(socket),
  )
  prepare(connection)
  connection.listen()
  atEnd(() => {
    connection.dispose()
    socket.destroy()
  })
  return connection
}

/** The error a promise rejects with, as vscode-jsonrpc has it. */
async function responseError(promise: Promise<unknown>): Promise<ResponseError<unknown>> {
  const error = await promise.then(
    () => expect.fail('it did not reject'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ResponseError)
  return error as ResponseError<unknown>
}

describe('vscode-jsonrpc as a client of ours', () => {
  const aborted = later()
  const logged = later<string>()

  async function client(prepare?: (connection: MessageConnection) => void) {
    const path = await socketPath()
    const server = await serve(
      Adder,
      {
        add: ({ a, b }) => a + b,
        echo: (value) => value,
        nothing: () => {},
        ask: async (greeting, { peer }) => `${String(await peer.call('name', greeting))}!`,
        fails: (how) => {
          if (how === 'declared') throw fail('-32001', 'no such song', { id: 7 })
          if (how === 'named') throw fail('no-such-song', 'there is none')
          throw new Error('secret')
        },
        wait: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted.resolve()
              resolve('too late')
            })
          }),
        log: ({ text }, { peer }) => {
          logged.resolve(text)
          peer.notify('told', { text: `you said ${text}` })
        },
      },
      { at: `unix:${path}`, protocol: anyOf(native(), protocol()) },
    )
    atEnd(() => server.abort())
    return { connection: vscode(dial(path), prepare), server }
  }

  test('calls by position, by name and without params', async () => {
    const { connection } = await client()
    const add = new RequestType2<number, number, number, void>('add')
    expect(await connection.sendRequest(add, 3, 4)).toBe(7)
    const byName = new RequestType1<{ a: number; b: number }, number, void>(
      'add',
      ParameterStructures.byName,
    )
    expect(await connection.sendRequest(byName, { a: 3, b: 5 })).toBe(8)
    expect(await connection.sendRequest('nothing')).toBeNull()
    for (const value of ['ünï→𝄞', 5, null, [1, [2]], { a: { b: [] } }, 'x'.repeat(1_000_000)]) {
      expect(await connection.sendRequest('echo', ParameterStructures.byPosition, value)).toEqual(
        value,
      )
    }
  })

  test('calls a thousand times at once', async () => {
    const { connection } = await client()
    const sums = Array.from({ length: 1000 }, (_, i) => connection.sendRequest('add', i, 1))
    expect(await Promise.all(sums)).toEqual(sums.map((_, i) => i + 1))
  })

  test('is called back, and notified', async () => {
    const told = later<unknown>()
    const { connection } = await client((vs) => {
      vs.onRequest('name', (greeting: string) => `${greeting}, Ada`)
      vs.onNotification('told', (params: unknown) => told.resolve(params))
    })
    expect(await connection.sendRequest('ask', 'Hello')).toBe('Hello, Ada!')
    await connection.sendNotification('log', { text: 'one' })
    expect(await logged.promise).toBe('one')
    expect(await told.promise).toEqual({ text: 'you said one' })
  })

  test('is told errors with their numbers', async () => {
    const { connection } = await client()
    const errors = await Promise.all(
      [
        connection.sendRequest('constructor'),
        connection.sendRequest('add', 1),
        connection.sendRequest('fails', 'declared'),
        connection.sendRequest('fails', 'named'),
        connection.sendRequest('fails', 'otherwise'),
      ].map(responseError),
    )
    expect(errors.map(({ code, message, data }) => [code, message, data])).toEqual([
      [-32601, 'unknown method: constructor', undefined],
      [-32602, 'expected 2 param(s): a, b', undefined],
      [-32001, 'no such song', { id: 7 }],
      [-32000, 'there is none', { code: 'no-such-song' }],
      [-32603, 'internal error', undefined],
    ])
  })

  test('cancels', async () => {
    const { connection, server } = await client()
    const source = new CancellationTokenSource()
    const waiting = responseError(connection.sendRequest('wait', source.token))
    await connection.sendRequest('add', 1, 2)
    source.cancel()
    expect(await waiting).toMatchObject({ code: -32800 })
    await aborted.promise
    expect(await connection.sendRequest('add', 1, 2)).toBe(3)
    expect([...server.peers].map((peer) => peer.load.incoming)).toEqual([0])
  })
})

describe('vscode-jsonrpc as a server of ours', () => {
  async function server(prepare: (connection: MessageConnection) => void) {
    const path = await socketPath()
    const connected = later<MessageConnection>()
    const listening = createServer((socket) => connected.resolve(vscode(socket, prepare)))
    await new Promise<void>((resolve) => listening.listen(path, resolve))
    atEnd(() => listening.close())
    return { path, connected: connected.promise }
  }

  async function adder(path: string, params: 'object' | 'array' = 'object') {
    const waits = later<AbortSignal>()
    const told: string[] = []
    const offers = implement(Asked, {
      name: (greeting) => `${greeting}, Ada`,
      waits: (_, { signal }) => {
        waits.resolve(signal)
        return new Promise(() => {})
      },
      told: ({ text }) => void told.push(text),
    })
    const client = await connect(Adder, {
      at: `unix:${path}`,
      protocol: jsonRpc({ framing: 'content-length', params }),
      offers,
      reconnect: false,
    })
    atEnd(() => client.$connection.abort())
    return { client, told, waits: waits.promise }
  }

  test('answers calls by name and by position', async () => {
    const seen: unknown[][] = []
    const { path } = await server((vs) => {
      vs.onRequest('add', (...args: unknown[]) => {
        const params = args.slice(0, -1)
        seen.push(params)
        return 7
      })
      vs.onRequest('nothing', (...args: unknown[]) => void seen.push(args.slice(0, -1)))
    })
    const { client } = await adder(path)
    expect(await client.add({ a: 3, b: 4 })).toBe(7)
    expect(await client.nothing()).toBeNull()
    expect(seen).toEqual([[{ a: 3, b: 4 }], []])
  })

  test('answers calls by position', async () => {
    const { path } = await server((vs) => {
      vs.onRequest(new RequestType2<number, number, number, void>('add'), (a, b) => a + b)
      vs.onRequest('echo', (value: unknown) => value)
    })
    const { client } = await adder(path, 'array')
    expect(await client.add({ a: 3, b: 4 })).toBe(7)
    for (const value of ['ünï→𝄞', 5, null, [1, [2]], { a: [] }, 'x'.repeat(1_000_000)]) {
      expect(await client.echo(value)).toEqual(value)
    }
    const sums = Array.from({ length: 1000 }, (_, i) => client.add({ a: i, b: 1 }))
    expect(await Promise.all(sums)).toEqual(sums.map((_, i) => i + 1))
  })

  test('calls back and notifies, both ways', async () => {
    const logged = later<unknown>()
    const { path } = await server((vs) => {
      vs.onRequest('ask', async (greeting: string) => `${await vs.sendRequest('name', greeting)}!`)
      vs.onNotification('log', (params: { text: string }) => {
        logged.resolve(params)
        return vs.sendNotification('told', { text: `you said ${params.text}` })
      })
    })
    const { client, told } = await adder(path)
    expect(await client.ask('Hello')).toBe('Hello, Ada!')
    client.log({ text: 'one' })
    expect(await logged.promise).toEqual({ text: 'one' })
    await client.ask('again')
    expect(told).toEqual(['you said one'])
  })

  test('answers errors with numbers, which can be read here', async () => {
    const { path } = await server((vs) => {
      vs.onRequest('fails', (how: string) => {
        if (how === 'declared') return new ResponseError(-32001, 'no such song', { id: 7 })
        throw new Error('why')
      })
    })
    const { client } = await adder(path)
    const errors = await Promise.all(
      [client.fails('declared'), client.fails('otherwise'), client.nothing()].map((promise) =>
        promise.then(
          () => expect.fail('it did not reject'),
          (error: unknown) => error as TielineError,
        ),
      ),
    )
    expect(errors.map((error) => [error.code, jsonRpcCode(error), error.data])).toEqual([
      ['-32001', -32001, { id: 7 }],
      ['internal', -32603, undefined],
      ['unknown-method', -32601, undefined],
    ])
    expect(errors[0]?.message).toBe('no such song')
  })

  test('is cancelled, and cancels', async () => {
    const cancelled = later<string>()
    const { path, connected } = await server((vs) => {
      vs.onRequest('wait', (token) => {
        token.onCancellationRequested(() => cancelled.resolve('cancelled'))
        return new Promise(() => {})
      })
      vs.onRequest('nothing', () => null)
    })
    const { client, waits } = await adder(path)
    const controller = new AbortController()
    const waiting = client.wait(undefined, { signal: controller.signal })
    await client.nothing()
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled', sent: 'maybe' })
    expect(await cancelled.promise).toBe('cancelled')

    const source = new CancellationTokenSource()
    const theirs = responseError((await connected).sendRequest('waits', source.token))
    const signal = await waits
    source.cancel()
    expect(await theirs).toMatchObject({ code: -32800 })
    expect(signal.aborted).toBe(true)
    await client.nothing()
  })
})

describe('over stdio', () => {
  test('a child that uses vscode-jsonrpc answers, calls back and is cancelled', async () => {
    const stopped = later<unknown>()
    const channel = await child(process.execPath, [CHILD, 'vscode']).connect()
    const peer = new Peer(channel, {
      protocol: protocol(),
      role: 'client',
      service: ({ method, params }) => {
        if (method === 'stopped') stopped.resolve(params)
        return 'Ada'
      },
    })
    atEnd(() => peer.close())
    expect(await peer.call('add', { a: 3, b: 4 })).toBe(7)
    expect(await peer.call('ask')).toBe('Ada, asked')
    const controller = new AbortController()
    const waiting = peer.call('wait', undefined, { signal: controller.signal })
    await peer.call('add', { a: 1, b: 1 })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(await stopped.promise).toEqual(['vscode'])
  })

  test('a child of ours answers vscode-jsonrpc, calls back and is cancelled', async () => {
    const started: ChildProcess = spawn(process.execPath, [CHILD, 'tieline'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const exited = later<number | null>()
    started.on('exit', (code) => exited.resolve(code))
    atEnd(() => started.kill('SIGKILL'))
    const { stdin, stdout } = started
    if (!stdin || !stdout) expect.fail('the child has no pipes')
    const stopped = later<unknown>()
    const connection = createMessageConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    )
    connection.onRequest('name', () => 'Ada')
    connection.onNotification('stopped', (...params: unknown[]) => stopped.resolve(params))
    connection.listen()
    expect(await connection.sendRequest('add', 3, 4)).toBe(7)
    expect(await connection.sendRequest('ask')).toBe('Ada, asked')
    const source = new CancellationTokenSource()
    const waiting = responseError(connection.sendRequest('wait', source.token))
    await connection.sendRequest('add', 1, 1)
    source.cancel()
    expect(await waiting).toMatchObject({ code: -32800 })
    expect(await stopped.promise).toEqual(['tieline'])
    stdin.end()
    expect(await exited.promise).toBe(0)
    connection.dispose()
  })
})
