// Our handlers at the original's socket, spoken to by hand: health, WebSockets, both encodings, and
// what nobody should send.
import { existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../../../../../test/support/at-end.js'
import { until } from '../../bridge.test.helper.js'
import type { HandlerContext, HandlerSocket, HandlersOf } from '../../handlers/handler.js'
import { inJson, inMessagePack, type Raw, raw } from '../raw.test.helper.js'
import { HANDLERS_AT, handlersPath, rpcPath } from '../wire/place.js'
import {
  type OriginalHandlers,
  type OriginalHandlersOptions,
  serveOriginalHandlers,
} from './listener.js'

let at: string

beforeEach(() => {
  const folder = ownFolder()
  at = join(folder, 'zap.sock')
})

async function serving(
  routes: HandlersOf,
  options: OriginalHandlersOptions = {},
): Promise<OriginalHandlers> {
  const handlers = await serveOriginalHandlers(routes, { at, ...options })
  atEnd(() => handlers.close({ withinMs: 0 }))
  return handlers
}

async function connected(): Promise<Raw> {
  const made = await raw(at)
  atEnd(made.end)
  return made
}

const invocation = (handler_id: string, body = '') => ({
  type: 'invoke_handler',
  handler_id,
  request: {
    request_id: 'r1',
    method: 'POST',
    path: '/x',
    path_only: '/x',
    query: {},
    params: {},
    headers: { 'X-Big': 'kept' },
    body,
    cookies: {},
  },
})

describe('an invocation', () => {
  it('is answered in the encoding it came in', async () => {
    await serving([{ id: 'h', method: 'POST', path: '/x', handler: ({ headers }) => headers }])
    for (const write of [inJson, inMessagePack, inJson]) {
      const { socket, take, bytes } = await connected()
      socket.write(write(invocation('h')))
      const [answer] = await take(1)
      expect(answer).toMatchObject({ type: 'handler_response', handler_id: 'h', status: 200 })
      expect(JSON.parse(answer?.['body'] as string)).toEqual({ 'x-big': 'kept' })
      expect(bytes()[4] === 0x7b).toBe(write === inJson)
    }
  })

  it('of bytes that are no text is answered with a stream of base64', async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, index) => index & 0xff)
    await serving([{ id: 'h', method: 'POST', path: '/x', handler: () => body }])
    const { socket, messages } = await connected()
    socket.write(inMessagePack(invocation('h')))
    await until(() => messages().at(-1)?.['type'] === 'stream_end')
    const [start, ...rest] = messages()
    expect(start).toMatchObject({ type: 'stream_start', status: 200 })
    const chunks = rest.slice(0, -1).map(({ data }) => Buffer.from(data as string, 'base64'))
    expect(chunks.length).toBeGreaterThan(1)
    expect(new Uint8Array(Buffer.concat(chunks))).toEqual(body)
    expect(new Set(messages().map(({ stream_id }) => stream_id)).size).toBe(1)
  })

  it('of a handler that is not there is answered with HANDLER_NOT_FOUND and 404', async () => {
    await serving([{ id: 'h', method: 'POST', path: '/x', handler: () => 1 }])
    for (const id of ['nope', '__proto__', 'constructor', '']) {
      const { socket, take } = await connected()
      socket.write(inJson(invocation(id)))
      expect(await take(1)).toMatchObject([
        { type: 'error', code: 'HANDLER_NOT_FOUND', status: 404 },
      ])
    }
  })

  it('whose stream breaks is answered with STREAM_ERROR, without what was thrown', async () => {
    const handler = async function* () {
      yield 'some'
      throw new Error('a secret')
    }
    await serving([{ id: 'h', method: 'POST', path: '/x', handler }])
    const { socket, take, bytes } = await connected()
    socket.write(inJson(invocation('h')))
    const answers = await take(3)
    expect(answers[2]).toMatchObject({ type: 'error', code: 'STREAM_ERROR', status: 500 })
    expect(bytes().toString()).not.toContain('secret')
  })

  it('that is overdue is answered with 504, and its handler is told', async () => {
    let aborted = false
    const handler = (_: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    }
    await serving([{ id: 'h', method: 'POST', path: '/x', handler }], { timeoutMs: 50 })
    const { socket, take } = await connected()
    socket.write(inJson(invocation('h')))
    expect(await take(1)).toMatchObject([{ type: 'handler_response', status: 504 }])
    await until(() => aborted)
  })

  it('waits with its next chunk until the last one is read', async () => {
    let made = 0
    const handler = async function* () {
      for (; made < 4000; made++) yield new Uint8Array(48 * 1024).fill(made)
    }
    const handlers = await serving([{ id: 'h', method: 'POST', path: '/x', handler }])
    const { socket } = await connected()
    socket.pause()
    socket.write(inJson(invocation('h')))
    await until(() => made > 0)
    let before = -1
    // It has come to rest: nothing more is made while nothing is read.
    await until(() => {
      const rests = before === made
      before = made
      return rests
    })
    expect(made).toBeLessThan(200)
    socket.destroy()
    await until(() => handlers.connections === 0)
  })
})

describe('the listener', () => {
  it('answers a health check', async () => {
    await serving({ '/x': () => 1 })
    const { socket, take } = await connected()
    socket.write(inJson({ type: 'health_check' }))
    expect(await take(1)).toEqual([{ type: 'health_check_response' }])
  })

  it('answers a type that it does not know, and goes on', async () => {
    await serving({ '/x': () => 1 })
    const { socket, take } = await connected()
    for (const type of ['x', 'rpc_call', 'constructor']) socket.write(inJson({ type }))
    socket.write(inJson({ type: 'health_check' }))
    const answers = await take(4)
    for (const answer of answers.slice(0, 3)) {
      expect(answer).toMatchObject({ type: 'error', code: 'UNKNOWN_MESSAGE_TYPE', status: 400 })
    }
    expect(answers[3]).toEqual({ type: 'health_check_response' })
  })

  it.each<[string, Buffer]>([
    ['an empty frame', Buffer.alloc(4)],
    ['a length past the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['broken JSON', Buffer.from([0, 0, 0, 2, 0x7b, 0x22])],
    ['a number', Buffer.from([0, 0, 0, 1, 0x01])],
    ['a request without a path', inJson({ ...invocation('h'), request: { request_id: 'x' } })],
    ['a header that is a number', inJson(invocationWith({ headers: { a: 1 } }))],
    ['10,000 opening brackets', inJsonText(`{"type":${'['.repeat(10_000)}`)],
  ])('says HANDLER_ERROR to %s and closes that connection, and no other', async (_, bytes) => {
    await serving({ '/x': () => 1 })
    const other = await connected()
    const { socket, closed, messages } = await connected()
    socket.write(bytes)
    await closed
    expect(messages()).toMatchObject([{ type: 'error', code: 'HANDLER_ERROR', status: 400 }])
    other.socket.write(inJson({ type: 'health_check' }))
    await other.take(1)
  })

  it('has its default in a directory of this user, and /tmp only when told', async () => {
    expect(HANDLERS_AT.startsWith('local:')).toBe(true)
    expect(handlersPath()).not.toBe('/tmp/zap.sock')
    expect(rpcPath('/tmp/zap.sock')).toBe('/tmp/zap.sock.rpc')
    const shared = `/tmp/web-bridge-test-${process.pid}.sock`
    await expect(serveOriginalHandlers({}, { at: shared })).rejects.toMatchObject({
      code: 'permission-denied',
    })
    const told = await serveOriginalHandlers({}, { at: shared, allowSharedDirectory: true })
    expect(statSync(shared).mode & 0o777).toBe(0o600)
    await told.close()
    expect(existsSync(shared)).toBe(false)
  })

  it('replaces a socket whose server is gone, and leaves one alone whose server lives', async () => {
    // A socket file without a server behind it: what a killed process leaves.
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(`${at}.dead`, resolve))
    const { renameSync } = await import('node:fs')
    renameSync(`${at}.dead`, at)
    await new Promise((resolve) => dead.close(resolve))
    expect(existsSync(at)).toBe(true)
    await serving({ '/x': () => 1 })
    await connected()
    await expect(serveOriginalHandlers({}, { at })).rejects.toMatchObject({
      code: 'endpoint-in-use',
    })
  })
})

describe('a WebSocket', () => {
  const connect = {
    type: 'ws_connect',
    connection_id: 'c1',
    handler_id: 'chat',
    path: '/chat?a=b',
    headers: {},
  }
  const say = (data: string, binary = false) => ({
    type: 'ws_message',
    connection_id: 'c1',
    handler_id: 'chat',
    data,
    binary,
  })

  it('is opened, told of messages in order, answered and closed', async () => {
    const told: string[] = []
    const chat = {
      open: async (socket: HandlerSocket) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        await socket.send(`hello ${socket.request.query['a']}`)
      },
      message: async (socket: HandlerSocket, data: string | Uint8Array) => {
        told.push(typeof data === 'string' ? data : `bytes ${data.length}`)
        await new Promise((resolve) => setTimeout(resolve, told.length === 1 ? 30 : 0))
        await socket.send(data)
      },
      close: (_: HandlerSocket, { code, reason }: { code: number; reason: string }) => {
        told.push(`closed ${code} ${reason}`)
      },
    }
    await serving([{ id: 'chat', path: '/chat', socket: chat }])
    const { socket, take } = await connected()
    socket.write(Buffer.concat([inJson(connect), inJson(say('one')), inJson(say('two'))]))
    socket.write(inJson(say('/wA=', true)))
    const answers = await take(4)
    expect(answers).toEqual([
      { type: 'ws_send', connection_id: 'c1', data: 'hello b', binary: false },
      { type: 'ws_send', connection_id: 'c1', data: 'one', binary: false },
      { type: 'ws_send', connection_id: 'c1', data: 'two', binary: false },
      { type: 'ws_send', connection_id: 'c1', data: '/wA=', binary: true },
    ])
    socket.write(
      inJson({
        type: 'ws_close',
        connection_id: 'c1',
        handler_id: 'chat',
        code: 1001,
        reason: 'bye',
      }),
    )
    await until(() => told.length === 4)
    expect(told).toEqual(['one', 'two', 'bytes 2', 'closed 1001 bye'])
  })

  it('without a handler is refused', async () => {
    await serving({ '/chat': () => 1 })
    const { socket, take } = await connected()
    socket.write(inJson(connect))
    expect(await take(1)).toMatchObject([
      { type: 'error', code: 'WS_HANDLER_NOT_FOUND', status: 404 },
    ])
  })

  it('is closed by its handler, and with 1011 when that throws', async () => {
    const chat = {
      message: (socket: HandlerSocket, data: string | Uint8Array) => {
        if (data === 'throw') throw new Error('a secret')
        socket.close(4000, 'enough')
      },
    }
    await serving([{ id: 'chat', path: '/chat', socket: chat }])
    for (const [data, code] of [
      ['close', 4000],
      ['throw', 1011],
    ] as const) {
      const { socket, take, bytes } = await connected()
      socket.write(Buffer.concat([inJson(connect), inJson(say(data))]))
      expect(await take(1)).toMatchObject([{ type: 'ws_close', connection_id: 'c1', code }])
      expect(bytes().toString()).not.toContain('secret')
    }
  })

  it('is closed with 1006 when its connection ends', async () => {
    let closed: number | undefined
    const chat = {
      close: (_: HandlerSocket, { code }: { code: number }) => {
        closed = code
      },
    }
    await serving([{ id: 'chat', path: '/chat', socket: chat }])
    const { socket, take } = await connected()
    socket.write(Buffer.concat([inJson(connect), inJson({ type: 'health_check' })]))
    await take(1)
    socket.destroy()
    await until(() => closed === 1006)
  })

  it('tells a handler that is at work on a message that the browser has gone', async () => {
    const told: string[] = []
    const chat = {
      message: async (socket: HandlerSocket, _: unknown, { signal }: HandlerContext) => {
        told.push('at work')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        told.push('gone')
        await socket.send('for nobody')
      },
      close: () => void told.push('closed'),
    }
    await serving([{ id: 'chat', path: '/chat', socket: chat }])
    const { socket } = await connected()
    socket.write(Buffer.concat([inJson(connect), inJson(say('x'))]))
    await until(() => told.length === 1)
    socket.destroy()
    await until(() => told.length === 3)
    expect(told).toEqual(['at work', 'gone', 'closed'])
  })
})

function invocationWith(more: object): object {
  const made = invocation('h')
  return { ...made, request: { ...made.request, ...more } }
}

function inJsonText(text: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(text.length)
  return Buffer.concat([head, Buffer.from(text)])
}
