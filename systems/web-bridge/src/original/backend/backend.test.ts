// The backend of the original's handlers, with a handlers' side that is played by hand: what a peer may
// get wrong, and how many connections there are.
import { Buffer } from 'node:buffer'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../../../../../test/support/at-end.js'
import { until } from '../../bridge.test.helper.js'
import type { BridgeRequest, BridgeResponse, InvokeContext, Route } from '../../server/backend.js'
import { frame, inJson, inMessagePack } from '../raw.test.helper.js'
import { type OriginalBackend, originalBackend } from './backend.js'
import { configRoutes, routesOfConfig } from './config.js'

const route: Route = { id: 'h', kind: 'http', method: 'GET', path: '/x' }
const request: BridgeRequest = {
  requestId: 'r1',
  route,
  method: 'GET',
  url: '/x',
  params: {},
  headers: {},
  body: undefined,
  remoteAddress: '127.0.0.1',
}
const context: InvokeContext = { signal: new AbortController().signal, timeoutMs: 10_000, meta: {} }

let folder: string
let server: Server
let backend: OriginalBackend
let opened: number
let sockets: Set<Socket>
/** What it answers to whatever comes. */
let answer: (socket: Socket) => void

beforeEach(async () => {
  folder = ownFolder()
  opened = 0
  sockets = new Set()
  const at = join(folder, 'zap.sock')
  server = createServer((socket) => {
    opened++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(at, resolve))
  backend = originalBackend({ at, routes: [route] })
})

afterEach(async () => {
  await backend.close({ withinMs: 0 })
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

const response = (more: object = {}) =>
  inMessagePack({
    type: 'handler_response',
    handler_id: 'h',
    status: 200,
    headers: {},
    body: 'ok',
    ...more,
  })

const ask = (): Promise<BridgeResponse> => backend.invoke(request, context)

describe('requests', () => {
  // Fault: "a new connection per request".
  it('that follow each other use one connection', async () => {
    answer = (socket) => socket.write(response())
    for (let round = 0; round < 50; round++) expect((await ask()).status).toBe(200)
    expect(opened).toBe(1)
  })

  it('that overlap use as many as overlap, and no more later', async () => {
    answer = (socket) => setTimeout(() => socket.write(response()), 20)
    await Promise.all(Array.from({ length: 10 }, ask))
    await Promise.all(Array.from({ length: 10 }, ask))
    expect(opened).toBe(10)
  })

  it('after a stream that ended use its connection', async () => {
    answer = (socket) => {
      socket.write(inJson({ type: 'stream_start', stream_id: 's', status: 206, headers: {} }))
      socket.write(inJson({ type: 'stream_chunk', stream_id: 's', data: 'aGk=' }))
      socket.write(inJson({ type: 'stream_end', stream_id: 's' }))
    }
    for (let round = 0; round < 3; round++) {
      const { body, status } = await ask()
      expect(status).toBe(206)
      const chunks: Uint8Array[] = []
      for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe('hi')
    }
    expect(opened).toBe(1)
  })

  it('never use a connection that was left in the middle of an answer', async () => {
    answer = (socket) =>
      socket.write(inJson({ type: 'stream_start', stream_id: 's', status: 200, headers: {} }))
    const { body } = await ask()
    await (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.()
    await until(() => sockets.size === 0)
    answer = (socket) => socket.write(response())
    expect((await ask()).body).toBe('ok')
    expect(opened).toBe(2)
  })

  it('use a connection again whose answer came late, while a WebSocket keeps it from being closed', async () => {
    let late: (() => void) | undefined
    answer = (socket) => socket.write(inJson({ type: 'health_check_response' }))
    const browser = { id: 'b', send: () => Promise.resolve(), close: () => {} }
    const chat = await backend.connect(
      { ...request, route: { ...route, kind: 'socket' } },
      browser,
      context,
    )
    answer = (socket) => {
      late = () => socket.write(response())
    }
    for (let round = 0; round < 5; round++) {
      const overdue = backend.invoke(request, { ...context, timeoutMs: 50 })
      await expect(overdue).rejects.toMatchObject({ code: 'deadline-exceeded' })
      expect(sockets.size).toBe(2)
      late?.()
      // It is written at once and read in one of this loop's next turns, however busy the machine is.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(opened).toBe(2)
    answer = () => {}
    chat.closed(1000, '')
  })

  it('past the limit of connections are refused', async () => {
    const small = originalBackend({
      at: join(folder, 'zap.sock'),
      routes: [route],
      limits: { connections: 2 },
    })
    answer = () => {}
    const waiting = [1, 2].map(() =>
      expect(small.invoke(request, context)).rejects.toMatchObject({ code: 'connection-lost' }),
    )
    await until(() => opened === 2)
    await expect(small.invoke(request, context)).rejects.toMatchObject({
      code: 'resource-exhausted',
    })
    await small.close({ withinMs: 0 })
    await Promise.all(waiting)
  })

  it('have several cookies again that came in several spellings', async () => {
    const headers = { 'set-cookie': 'a=1', 'Set-cookie': 'b=2', 'X-A': 'c', 'Content-Length': '9' }
    answer = (socket) => socket.write(response({ headers }))
    expect((await ask()).headers).toEqual({ 'set-cookie': ['a=1', 'b=2'], 'x-a': 'c' })
  })

  it('with an error that has a status below 400 are 500', async () => {
    answer = (socket) =>
      socket.write(inJson({ type: 'error', code: 'X', message: 'm', status: 200 }))
    expect((await ask()).status).toBe(500)
  })
})

describe('what makes no sense', () => {
  it.each<[string, Buffer]>([
    ['no message', frame('{}')],
    ['a status that is none', response({ status: 1000 })],
    ['a header that is no text', response({ headers: { a: 1 } })],
    ['a header with a line break', response({ headers: { a: 'b\r\nc: d' } })],
    ['a header name that HTTP cannot carry', response({ headers: { 'a b': 'c' } })],
    ['a chunk of no stream', inJson({ type: 'stream_chunk', stream_id: 's', data: '' })],
    ['an end of no stream', inJson({ type: 'stream_end', stream_id: 's' })],
    ['a message of the other side', inJson({ type: 'health_check' })],
    ['an invocation', inJson({ type: 'invoke_handler' })],
    ['a type that nobody knows', inJson({ type: 'x' })],
    ['an answer to a question that was not asked', inJson({ type: 'health_check_response' })],
  ])('is malformed: %s', async (_, bytes) => {
    answer = (socket) => socket.write(bytes)
    await expect(ask()).rejects.toMatchObject({ code: 'malformed' })
    expect(backend.inFlight).toBe(0)
    await until(() => sockets.size <= 1)
    answer = (socket) => socket.write(response())
    expect((await ask()).status).toBe(200)
  })

  it('breaks a stream off: a chunk of another stream, or that is no base64', async () => {
    for (const chunk of [
      { type: 'stream_chunk', stream_id: 'other', data: 'aGk=' },
      { type: 'stream_chunk', stream_id: 's', data: 'not base64' },
    ]) {
      answer = (socket) => {
        socket.write(inJson({ type: 'stream_start', stream_id: 's', status: 200, headers: {} }))
        socket.write(inJson(chunk))
      }
      const body = (await ask()).body as AsyncIterable<Uint8Array>
      await expect(body[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'malformed' })
      expect(backend.inFlight).toBe(0)
    }
  })

  it('is too-large past the limit, from the header alone', async () => {
    answer = (socket) => socket.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff))
    await expect(ask()).rejects.toMatchObject({ code: 'too-large' })
  })

  it('is connection-lost: an end instead of an answer, or in the middle of one', async () => {
    answer = (socket) => socket.end()
    await expect(ask()).rejects.toMatchObject({ code: 'connection-lost' })
    answer = (socket) => socket.end(response().subarray(0, 20))
    await expect(ask()).rejects.toMatchObject({ code: 'connection-lost' })
  })
})

describe("the original's configuration", () => {
  it('gives routes, with the rest of a path in our form', () => {
    const config = {
      routes: [
        { method: 'get', path: '/a/:b', handler_id: 'h0', is_typescript: true },
        { method: 'GET', path: '/files/*path', handler_id: 'h1' },
        { method: 'GET', path: '/rust', handler_id: 'h2', is_typescript: false },
      ],
    }
    expect(routesOfConfig(config)).toMatchObject([
      { id: 'h0', kind: 'http', method: 'GET', path: '/a/:b' },
      { id: 'h1', kind: 'http', method: 'GET', path: '/files/*', originalPath: '/files/*path' },
    ])
    expect(configRoutes([route, { ...route, id: 'w', kind: 'socket' }])).toEqual([
      { method: 'GET', path: '/x', handler_id: 'h', is_typescript: true },
    ])
  })

  it.each([[{ routes: 1 }], [{ routes: [null] }], [{ routes: [{ method: 'GET', path: '/' }] }]])(
    'is refused: %j',
    (config) => {
      expect(() => routesOfConfig(config)).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      )
    },
  )
})
