import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { bridgeWith, joinHandlers, RawClient, testBridge, until } from './bridge.test.helper.js'
import { events, HttpError, reply } from './handlers/reply.js'
import type { BridgeLayer } from './server/middleware.js'

describe('a request to a handler', () => {
  test('carries method, path, params, query, headers and cookies', async () => {
    const bridge = await bridgeWith({
      'GET /users/:id': ({ method, url, path, params, query, headers, cookies }) => {
        return { method, url, path, params, query, agent: headers['x-agent'], cookies }
      },
    })
    const response = await fetch(`${bridge.url}/users/a%20b?tag=1&tag=2&q=%C3%A9`, {
      headers: { 'x-agent': 'test', cookie: 'a=1; b="two"; a=3' },
    })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toEqual({
      method: 'GET',
      url: '/users/a%20b?tag=1&tag=2&q=%C3%A9',
      path: '/users/a%20b',
      params: { id: 'a b' },
      query: { tag: ['1', '2'], q: 'é' },
      agent: 'test',
      cookies: { a: '1', b: 'two' },
    })
  })

  test('carries a body as text, JSON or bytes', async () => {
    const bridge = await bridgeWith({
      'POST /text': ({ body }) => body.text(),
      'POST /json': ({ body }) => body.json(),
      'POST /bytes': async ({ body }) => reply(await body.bytes()),
    })
    const post = (path: string, body: string) => fetch(bridge.url + path, { method: 'POST', body })
    expect(await (await post('/text', 'grüße')).text()).toBe('grüße')
    expect(await (await post('/json', '{"a":[1]}')).json()).toEqual({ a: [1] })
    expect(await (await post('/bytes', 'xyz')).text()).toBe('xyz')
    const wrong = await post('/json', '{')
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toMatchObject({ error: { code: 'MALFORMED_BODY' } })
  })

  test('has an id, which the response and the log have too, or brings its own', async () => {
    const bridge = await bridgeWith({ 'GET /': ({ requestId }) => requestId })
    const first = await fetch(bridge.url)
    const second = await fetch(bridge.url)
    expect(await first.text()).toBe(first.headers.get('x-request-id'))
    expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'))
    const own = await fetch(bridge.url, { headers: { 'x-request-id': 'mine-1' } })
    expect(await own.text()).toBe('mine-1')
    const wrong = await fetch(bridge.url, { headers: { 'x-request-id': 'not an id' } })
    expect(await wrong.text()).not.toBe('not an id')
  })

  test('is a HEAD that a GET answers without its body', async () => {
    const bridge = await bridgeWith({
      'GET /': () => 'hello',
      'GET /stream': () => reply(forever(), { headers: { 'x-is': 'there' } }),
    })
    const response = await fetch(bridge.url, { method: 'HEAD' })
    expect(response.headers.get('content-length')).toBe('5')
    expect(await response.text()).toBe('')
    const stream = await fetch(`${bridge.url}/stream`, { method: 'HEAD' })
    expect(stream.headers.get('x-is')).toBe('there')
    await until(() => bridge.backend.inFlight === 0)
  })
})

async function* forever(): AsyncGenerator<string> {
  for (;;) yield 'x'.repeat(1000)
}

describe('a response of a handler', () => {
  test('keeps its status, its headers and its body, also those of errors', async () => {
    const bridge = await bridgeWith({
      'GET /teapot': () =>
        reply(
          { short: true },
          { status: 418, headers: { 'X-Kind': 'teapot', 'set-cookie': ['a=1', 'b=2'] } },
        ),
      'GET /missing': () => {
        throw new HttpError(404, 'no such user', { code: 'NO_USER', headers: { 'x-a': 'b' } })
      },
      'GET /web': () => new Response('from the web', { status: 203, headers: { 'x-web': '1' } }),
    })
    const teapot = await fetch(`${bridge.url}/teapot`)
    expect(teapot.status).toBe(418)
    expect(teapot.headers.get('x-kind')).toBe('teapot')
    expect(teapot.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await teapot.json()).toEqual({ short: true })
    const missing = await fetch(`${bridge.url}/missing`)
    expect([missing.status, missing.headers.get('x-a')]).toEqual([404, 'b'])
    expect(await missing.json()).toMatchObject({
      error: { code: 'NO_USER', message: 'no such user' },
    })
    const web = await fetch(`${bridge.url}/web`)
    expect([web.status, web.headers.get('x-web'), await web.text()]).toEqual([
      203,
      '1',
      'from the web',
    ])
  })

  test('is made of what the handler returns', async () => {
    const bridge = await bridgeWith({
      'GET /text': () => 'plain',
      'GET /nothing': () => undefined,
      'GET /null': () => null,
      'GET /list': async () => [1, 2],
      'GET /bytes': () => new Uint8Array([1, 2, 3]),
      'GET /large': () => 'é'.repeat(100_000),
    })
    const get = async (path: string) => {
      const response = await fetch(bridge.url + path)
      return [response.status, response.headers.get('content-type'), await response.text()]
    }
    expect(await get('/text')).toEqual([200, 'text/plain; charset=utf-8', 'plain'])
    expect(await get('/nothing')).toEqual([204, null, ''])
    expect(await get('/null')).toEqual([200, 'application/json; charset=utf-8', 'null'])
    expect(await get('/list')).toEqual([200, 'application/json; charset=utf-8', '[1,2]'])
    expect(await get('/bytes')).toEqual([200, 'application/octet-stream', '\x01\x02\x03'])
    expect(await get('/large')).toEqual([200, 'text/plain; charset=utf-8', 'é'.repeat(100_000)])
    expect((await fetch(`${bridge.url}/large`)).headers.get('content-length')).toBe('200000')
  })

  test('is 500 with the request id and no stack for a handler that throws', async () => {
    const bridge = await bridgeWith({
      'GET /sync': () => {
        throw new Error('the secret')
      },
      'GET /async': async () => Promise.reject('not even an error'),
      'GET /cycle': () => {
        const cycle: Record<string, unknown> = {}
        cycle['self'] = cycle
        return cycle
      },
      'GET /header': () => reply('x', { headers: { 'x-bad': 'a\r\nset-cookie: evil=1' } }),
      'GET /status': () => reply('x', { status: 99 }),
    })
    for (const path of ['/sync', '/async', '/cycle', '/header', '/status']) {
      const response = await fetch(bridge.url + path)
      expect([path, response.status]).toEqual([path, 500])
      expect(response.headers.get('set-cookie')).toBeNull()
      const text = await response.text()
      expect(text).not.toContain('secret')
      expect(text).not.toContain('at ')
      expect(JSON.parse(text).error.requestId).toBe(response.headers.get('x-request-id'))
    }
  })

  test('has the stack in development', async () => {
    const bridge = await bridgeWith(
      {
        'GET /': () => {
          throw new Error('look here')
        },
      },
      { development: true },
    )
    const { error } = (await (await fetch(bridge.url)).json()) as {
      error: { message: string; stack: string }
    }
    expect(error.message).toBe('Error: look here')
    expect(error.stack).toContain('bridge.test.ts')
  })

  test('comes as it is made: events are not kept until the end', async () => {
    let next: (() => void) | undefined
    const bridge = await bridgeWith({
      'GET /events': () =>
        events(
          (async function* () {
            yield { event: 'first', data: { n: 1 }, id: '1' }
            await new Promise<void>((resolve) => {
              next = resolve
            })
            yield { data: 'two\nlines' }
          })(),
        ),
    })
    const response = await fetch(`${bridge.url}/events`)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const reader = (response.body as NonNullable<Response['body']>).getReader()
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString()
    expect(await read()).toBe('event: first\nid: 1\ndata: {"n":1}\n\n')
    await until(() => next !== undefined)
    next?.()
    expect(await read()).toBe('data: two\ndata: lines\n\n')
    expect((await reader.read()).done).toBe(true)
  })

  test('is cut, not ended, when its stream fails half-way', async () => {
    const bridge = await bridgeWith({
      'GET /': async function* () {
        yield 'some'
        throw new Error('half-way')
      },
    })
    const response = await fetch(bridge.url)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect((await fetch(`${bridge.url}/health`)).status).toBe(200)
  })

  test('is cut when it has not the bytes that its content-length says', async () => {
    const bridge = await bridgeWith({
      'GET /': () => reply(pieces('four'), { headers: { 'content-length': '3' } }),
      'GET /less': () => reply(pieces('four'), { headers: { 'content-length': '5' } }),
    })
    await expect(fetch(bridge.url).then((r) => r.text())).rejects.toThrow()
    await expect(fetch(`${bridge.url}/less`).then((r) => r.text())).rejects.toThrow()
  })
})

async function* pieces(text: string): AsyncGenerator<string> {
  for (const piece of text) yield piece
}

describe('what is not to be had', () => {
  test('a path that nobody has is 404; a server without handlers 503 at its health', async () => {
    const bridge = await testBridge()
    expect((await fetch(`${bridge.url}/nothing`)).status).toBe(404)
    expect((await fetch(`${bridge.url}/health`)).status).toBe(503)
    await joinHandlers(bridge, { 'GET /': () => 'here' })
    expect(await (await fetch(bridge.url)).text()).toBe('here')
    const health = await fetch(`${bridge.url}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok', ready: 1, inFlight: 0 })
  })

  test('a route whose processes have all gone is 503 with Retry-After', async () => {
    const bridge = await testBridge()
    const link = await joinHandlers(bridge, { 'GET /': () => 'here' })
    await link.close()
    await until(() => bridge.health().ready === 0)
    const response = await fetch(bridge.url)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await response.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } })
  })

  test('an answer after the deadline is 504, and the handler is told', async () => {
    let fired = false
    const bridge = await bridgeWith([
      {
        method: 'GET',
        path: '/',
        timeout: 50,
        handler: (_request, { signal, remaining }) => {
          expect(remaining()).toBeLessThanOrEqual(50)
          return new Promise(() => {
            signal.addEventListener('abort', () => {
              fired = true
            })
          })
        },
      },
    ])
    const response = await fetch(bridge.url)
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ error: { code: 'TIMEOUT' } })
    await until(() => fired)
    expect(bridge.backend.inFlight).toBe(0)
  })

  test('a body past the limit is 413, told from the header or counted', async () => {
    let ran = 0
    const bridge = await bridgeWith(
      {
        'POST /': async ({ body }) => {
          ran++
          let bytes = 0
          for await (const chunk of body) bytes += chunk.byteLength
          return { bytes }
        },
      },
      { maxBodyBytes: 100_000 },
    )
    const post = (body: string) => fetch(bridge.url, { method: 'POST', body })
    expect(await (await post('x'.repeat(100_000))).json()).toEqual({ bytes: 100_000 })
    expect(ran).toBe(1)
    const client = new RawClient(bridge)
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n')
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 413 /)
    expect(ran).toBe(1)
    const streamed = new RawClient(bridge)
    streamed.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    streamed.send(`186a1\r\n${'x'.repeat(100_001)}\r\n`)
    expect(await streamed.toEnd()).toMatch(/^HTTP\/1.1 413 /)
    expect(ran).toBe(2)
    await until(() => bridge.backend.inFlight === 0)
  })
})

describe('a body that stops coming', () => {
  test.each([
    ['small', 'Content-Length: 100'],
    ['large', 'Content-Length: 100000000'],
    ['of unknown length', 'Transfer-Encoding: chunked'],
  ])('is 408: %s', async (_what, header) => {
    const bridge = await bridgeWith(
      { 'POST /': ({ body }) => body.text({ limit: 2 ** 30 }) },
      // Long enough for a handler on a busy machine to have begun to read.
      { timeout: 2000, maxBodyBytes: 2 ** 30 },
    )
    const client = new RawClient(bridge)
    client.send(`POST / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n2\r\nab\r\n`)
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 408 /)
    await until(() => bridge.backend.inFlight === 0)
  })

  test('takes as long as it does while it comes', async () => {
    const bridge = await bridgeWith(
      { 'POST /': async ({ body }) => (await body.text()).length },
      { timeout: 1500 },
    )
    const client = new RawClient(bridge)
    client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (let count = 0; count < 20; count++) {
      client.send('2\r\nab\r\n')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    client.send('0\r\n\r\n')
    await until(() => client.received.endsWith('40'))
  })
})

test('a layer whose response HTTP can not carry is a 502, and the server lives', async () => {
  const bad: BridgeLayer = () => () =>
    Promise.resolve({ status: 200, headers: { 'x-a': 'a\r\nb: c' }, body: 'x' })
  const bridge = await bridgeWith({ 'GET /': () => 'x', 'WS /ws': {} }, { layers: [bad] })
  expect((await fetch(bridge.url)).status).toBe(502)
  const client = new RawClient(bridge)
  client.send(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  expect(await client.toEnd()).not.toContain('b: c')
  expect((await fetch(`${bridge.url}/health`)).status).toBe(200)
})

test('requests that a browser pipelines are answered in order', async () => {
  const bridge = await bridgeWith({
    'GET /:n': async ({ params }) => {
      await new Promise((resolve) => setTimeout(resolve, 20 - Number(params['n'])))
      return `<${params['n']}>`
    },
  })
  const client = new RawClient(bridge)
  let text = ''
  for (let n = 0; n < 20; n++) text += `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`
  client.send(text)
  await until(() => client.received.includes('<19>'))
  const answers = [...client.received.matchAll(/<(\d+)>/g)].map(([, n]) => Number(n))
  expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

describe('a body in both directions', () => {
  test('flows while the request is still being sent', async () => {
    const bridge = await bridgeWith({ 'POST /echo': ({ body }) => body })
    const client = new RawClient(bridge)
    client.send('POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    client.send('5\r\nfirst\r\n')
    await until(() => client.received.includes('first'))
    client.send('6\r\nsecond\r\n')
    await until(() => client.received.includes('second'))
    client.send('0\r\n\r\n')
    await until(() => client.received.endsWith('0\r\n\r\n'))
    await until(() => bridge.backend.inFlight === 0)
  })

  test('of many megabytes is the same at the other end', async () => {
    const bridge = await bridgeWith({ 'POST /echo': ({ body }) => body })
    const sent = Buffer.alloc(5_000_000, 'abcdefghijk')
    const response = await fetch(`${bridge.url}/echo`, { method: 'POST', body: sent })
    expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true)
  })
})

describe('a server that closes', () => {
  test('does not wait for a connection that never asked for anything', async () => {
    const bridge = await bridgeWith({ 'GET /': () => 'hello' }, { drain: '10m' })
    const { port } = new URL(bridge.url)
    const silent = connect({ host: '127.0.0.1', port: Number(port) })
    const ended = once(silent, 'close')
    await once(silent, 'connect')
    silent.on('error', () => {})
    // Accepted by the server, too: what comes later on another connection has been answered.
    expect((await fetch(bridge.url)).status).toBe(200)
    await bridge.close()
    await ended
  })
})
