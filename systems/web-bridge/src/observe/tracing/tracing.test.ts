// One trace from the browser's request through the handler and back, over real connections. Handlers
// and server are in one process here, so that one exporter sees all of it; between them go sockets.
import { join } from 'node:path'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { fail } from 'tieline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { bridgeWith, ownDirectory, until } from '../../bridge.test.helper.js'
import type { HandlersOf } from '../../handlers/handler.js'
import { events, HttpError } from '../../handlers/reply.js'
import { auth } from '../../middleware/auth.js'
import { connectRpc } from '../../rpc/client.js'
import { activeTracer } from './tracer.js'

const exporter = new InMemorySpanExporter()

const handlers: HandlersOf = {
  'GET /sum/:a/:b': async ({ params }, { rpc }) => ({
    sum: await rpc.call('add', [Number(params['a']), Number(params['b'])]),
  }),
  'GET /broken': () => {
    throw new Error('a fault')
  },
  'GET /teapot': () => {
    throw new HttpError(418, 'no coffee')
  },
  'GET /refused': async (_, { rpc }) => await rpc.call('refuse'),
  'GET /events': (_, { rpc }) =>
    events(
      (async function* () {
        yield { data: await rpc.call('add', [1, 2]) }
      })(),
    ),
  'GET /numbers': async (_, { rpc }) => {
    const all: unknown[] = []
    for await (const each of rpc.stream('count', 3)) all.push(each)
    return all
  },
  'GET /steps': async (_, { rpc }) => {
    for await (const _each of rpc.stream('steps')) break
    return 'left'
  },
  'GET /meta': (_, { meta }) => meta,
  'WS /sums': {
    open: async (socket, { rpc }) => {
      await socket.send(`${await rpc.call('add', [1, 1])}`)
    },
    message: async (socket, data, { rpc }) => {
      await socket.send(`${await rpc.call('add', [Number(data), 1])}`)
    },
    close: async (_socket, _why, { rpc }) => void (await rpc.call('add', [0, 0])),
  },
}

const functions = {
  add: (params: unknown) => (params as number[])[0]! + (params as number[])[1]!,
  refuse: () => {
    throw fail('not-today', 'come again')
  },
  steps: async function* () {
    activeTracer()?.startSpan('a step').end()
    yield 1
  },
  count: async function* (params: unknown) {
    for (let n = 1; n <= Number(params); n++) yield n
  },
}

async function served(options = {}) {
  const bridge = await bridgeWith(handlers, { rpc: [functions], ...options })
  return (path: string, headers = {}) => fetch(bridge.url + path, { headers })
}

/** All spans, by name and kind, once there are so many. */
async function spans(count: number): Promise<Map<string, ReadableSpan>> {
  await until(() => exporter.getFinishedSpans().length >= count, `${count} spans`)
  const all = exporter.getFinishedSpans()
  expect(all.map(({ name }) => name).sort()).toHaveLength(count)
  return new Map(all.map((span) => [`${SpanKind[span.kind]} ${span.name}`, span]))
}

const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId

describe('with an SDK in the process', () => {
  beforeEach(() => {
    exporter.reset()
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  })

  afterEach(() => {
    trace.disable()
    context.disable()
    propagation.disable()
  })

  test('one request is one trace: server, call, handler, and the function it calls', async () => {
    const get = await served()
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const response = await get('/sum/1/2?key=secret', { traceparent: parent })
    expect(await response.json()).toEqual({ sum: 3 })
    const found = await spans(5)
    const server = found.get('SERVER GET /sum/:a/:b')
    const call = found.get('CLIENT call GET /sum/:a/:b')
    const handler = found.get('SERVER handler GET /sum/:a/:b')
    const client = found.get('CLIENT rpc add')
    const ran = found.get('SERVER rpc add')
    expect(parentOf(server)).toBe('b7ad6b7169203331')
    expect(parentOf(call)).toBe(idOf(server))
    expect(parentOf(handler)).toBe(idOf(call))
    expect(parentOf(client)).toBe(idOf(handler))
    expect(parentOf(ran)).toBe(idOf(client))
    for (const span of found.values()) {
      expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
      expect(span.status.code).toBe(SpanStatusCode.UNSET)
      expect(JSON.stringify(span.attributes)).not.toContain('secret')
    }
    expect(server?.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/sum/:a/:b',
      'url.path': '/sum/1/2',
      'http.response.status_code': 200,
      'web_bridge.request.id': response.headers.get('x-request-id'),
    })
  })

  test('what a streamed body calls on its way belongs to the same trace', async () => {
    const get = await served()
    expect(await (await get('/events')).text()).toBe('data: 3\n\n')
    const found = await spans(5)
    expect(parentOf(found.get('CLIENT rpc add'))).toBe(
      idOf(found.get('SERVER handler GET /events')),
    )
  })

  test('a function that streams has its spans from the call to its end', async () => {
    const get = await served()
    expect(await (await get('/numbers')).json()).toEqual([1, 2, 3])
    const found = await spans(5)
    expect(parentOf(found.get('SERVER rpc count'))).toBe(idOf(found.get('CLIENT rpc count')))
  })

  test('what a function that streams does on its way belongs to it', async () => {
    const get = await served()
    expect(await (await get('/steps')).text()).toBe('left')
    const found = await spans(6)
    expect(parentOf(found.get('INTERNAL a step'))).toBe(idOf(found.get('SERVER rpc steps')))
  })

  test('what the handler of a WebSocket calls is in the trace of the request that opened it', async () => {
    const bridge = await bridgeWith(handlers, { rpc: [functions] })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}/sums`, {
      headers: { traceparent },
    })
    const sums: string[] = []
    socket.on('message', (data) => sums.push(String(data)))
    await until(() => sums.length === 1)
    socket.send('2')
    await until(() => sums.length === 2)
    expect(sums).toEqual(['2', '3'])
    socket.close()
    // The request, the call that brings it to its handler, and both ends of the calls as it was opened,
    // of its message and of its close.
    const found = await spans(8)
    const opening = found.get('CLIENT call WS /sums')
    expect(parentOf(found.get('SERVER GET /sums'))).toBe('b7ad6b7169203331')
    const calls = exporter.getFinishedSpans().filter(({ name }) => name === 'rpc add')
    const made = calls.filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(made.map(parentOf)).toEqual([idOf(opening), idOf(opening), idOf(opening)])
    for (const span of exporter.getFinishedSpans()) {
      expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
    }
  })

  test('a handler that fails is an error in every span up to the request', async () => {
    const get = await served()
    expect((await get('/broken')).status).toBe(500)
    const found = await spans(3)
    for (const span of found.values()) expect(span.status.code).toBe(SpanStatusCode.ERROR)
    const handler = found.get('SERVER handler GET /broken')
    expect(handler?.status.message).toBe('a fault')
    expect(handler?.events[0]).toMatchObject({ name: 'exception' })
    expect(found.get('SERVER GET /broken')?.attributes['error.type']).toBe('500')
  })

  test('a refusal on purpose is no error', async () => {
    const get = await served()
    expect((await get('/teapot')).status).toBe(418)
    const found = await spans(3)
    for (const span of found.values()) {
      expect(span.status.code).toBe(SpanStatusCode.UNSET)
      expect(span.attributes['http.response.status_code']).toBe(418)
    }
  })

  test('a function that refuses has its code in both spans', async () => {
    const get = await served()
    await get('/refused')
    const found = await spans(5)
    for (const name of ['CLIENT rpc refuse', 'SERVER rpc refuse']) {
      expect(found.get(name)?.status.code).toBe(SpanStatusCode.ERROR)
      expect(found.get(name)?.attributes['error.type']).toBe('not-today')
    }
  })

  test('what a layer answers has a span of its own, and none of a call', async () => {
    const get = await served({ layers: [auth({ tokens: ['one'] })] })
    expect((await get('/teapot')).status).toBe(401)
    expect([...(await spans(1)).keys()]).toEqual(['SERVER GET /teapot'])
  })

  test('a program that calls a function is the parent of what runs', async () => {
    const bridge = await bridgeWith(handlers, { rpc: [functions] })
    await using rpc = await connectRpc({ at: bridge.endpoint })
    await activeTracer()?.startActiveSpan('my program', async (span) => {
      await rpc.call('add', [1, 2])
      span.end()
    })
    const found = await spans(3)
    expect(parentOf(found.get('CLIENT rpc add'))).toBe(idOf(found.get('INTERNAL my program')))
    expect(parentOf(found.get('SERVER rpc add'))).toBe(idOf(found.get('CLIENT rpc add')))
  })

  test('calls over HTTP carry the trace as well', async () => {
    const bridge = await bridgeWith(handlers, { rpc: [functions] })
    const at = `unix:${join(await ownDirectory(), 'nobody.sock')}`
    await using rpc = await connectRpc({ at, http: bridge })
    expect(await rpc.call('add', [1, 2])).toBe(3)
    expect(rpc.way).toBe('http')
    const found = await spans(2)
    expect(parentOf(found.get('SERVER rpc add'))).toBe(idOf(found.get('CLIENT rpc add')))
  })

  test('a propagator that the program has set is used instead of W3C', async () => {
    propagation.setGlobalPropagator({
      fields: () => ['x-own'],
      inject: (_, carrier) => Object.assign(carrier as object, { 'x-own': 'mine' }),
      extract: (from) => from,
    })
    const get = await served()
    expect(await (await get('/meta')).json()).toEqual({ 'x-own': 'mine' })
  })

  test.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more'],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['nonsense'],
  ])('a traceparent that is none begins a trace of its own: %s', async (traceparent) => {
    const get = await served()
    await get('/meta', { traceparent })
    expect(parentOf((await spans(3)).get('SERVER GET /meta'))).toBeUndefined()
  })

  test('what the browser says of its trace state goes along', async () => {
    const get = await served()
    const response = await get('/meta', {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=abc',
    })
    expect(await response.json()).toMatchObject({
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/),
      tracestate: 'vendor=abc',
    })
  })
})

describe('without an SDK', () => {
  test('nothing is made and nothing is carried', async () => {
    exporter.reset()
    const get = await served()
    expect(activeTracer()).toBeUndefined()
    expect(await (await get('/meta')).json()).toEqual({})
    expect(await (await get('/sum/1/2')).json()).toEqual({ sum: 3 })
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})
