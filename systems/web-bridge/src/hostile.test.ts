import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bridgeWith, RawClient, raw, until } from './bridge.test.helper.js'
import type { Pool } from './pool/pool.js'

const ROUTES = {
  'GET /': () => 'fine',
  'POST /': async ({ body }: { body: { text(): Promise<string> } }) => body.text(),
  'GET /files/*': ({ params }: { params: Readonly<Record<string, string>> }) => params['*'],
}

describe('row 28: a request that two parsers could read differently', () => {
  test.each([
    [
      'Content-Length with Transfer-Encoding',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two Content-Lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
    ],
    [
      'two Content-Lengths in one header',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 5\r\n\r\nabcde',
    ],
    ['a bare CR in a header value', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\rX-B: b\r\n\r\n'],
    ['a bare LF and a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\n b: c\r\n\r\n'],
    ['NUL in a header value', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
    ['a space before the colon', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a line that is not HTTP', 'HELO example\r\n\r\n'],
  ])('%s: refused with 400, and the connection is closed', async (_what, text) => {
    const bridge = await bridgeWith(ROUTES)
    expect(await raw(bridge, text)).toMatch(/^HTTP\/1.1 400 /)
    expect(await (await fetch(bridge.url)).text()).toBe('fine')
  })

  test('CR LF in a header value of a handler or of a request id never splits a response', async () => {
    const bridge = await bridgeWith(ROUTES)
    const text =
      'GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\nConnection: close\r\n\r\n'
    const received = await raw(bridge, text)
    expect(received).toMatch(/^HTTP\/1.1 200 /)
    expect(received.toLowerCase()).not.toContain('x-evil')
  })

  test.each([
    '/files/..%2fsecret',
    '/files/..%2Fsecret',
    '/files/%2e%2e/secret',
    '/files/%2e%2e%2fsecret',
    '/files/../secret',
    '/files/..%5csecret',
    '/files/a%00b',
    '/files/a/..%2f..%2f..%2fetc%2fpasswd?x=..',
  ])('%s is refused with 400, whatever its spelling', async (path) => {
    const bridge = await bridgeWith(ROUTES)
    const received = await raw(
      bridge,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(received).toMatch(/^HTTP\/1.1 400 /)
    expect(received).toContain('BAD_PATH')
  })

  test.each([
    ['/files/a%2fb', 'a/b'],
    ['/files/..%252fsecret', '..%2fsecret'],
    ['/files/..a', '..a'],
    ['/files/x?y=../..', 'x'],
  ])('%s is decoded once', async (path, expected) => {
    const bridge = await bridgeWith(ROUTES)
    const received = await raw(
      bridge,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(received.split('\r\n\r\n')[1]).toBe(expected)
  })

  test('a path that can not be decoded is 400', async () => {
    const bridge = await bridgeWith(ROUTES)
    const received = await raw(
      bridge,
      'GET /files/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(received).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe('row 27: what a browser would not send', () => {
  test('headers without an end are refused with 431', async () => {
    const bridge = await bridgeWith(ROUTES)
    const client = new RawClient(bridge)
    client.send('GET / HTTP/1.1\r\nHost: x\r\n')
    for (let count = 0; count < 2000 && !client.closed; count++) {
      client.send(`X-Header-${count}: ${'x'.repeat(40)}\r\n`)
    }
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 431 /)
    expect(await (await fetch(bridge.url)).text()).toBe('fine')
  })

  test('a reset in the middle of a body leaves nothing behind', async () => {
    const bridge = await bridgeWith(ROUTES)
    for (let count = 0; count < 20; count++) {
      const client = new RawClient(bridge)
      client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\nsome')
      await until(() => bridge.backend.inFlight > 0 || count > 0)
      client.socket.resetAndDestroy()
    }
    await until(() => bridge.backend.inFlight === 0)
    expect(await (await fetch(bridge.url)).text()).toBe('fine')
  })

  test('thousands of requests that were given up leave no body, no call and no descriptor', async () => {
    const bridge = await bridgeWith({
      'POST /': ({ body }) => body,
      'POST /never': () => new Promise(() => {}),
      'GET /stream': async function* () {
        for (;;) yield new Uint8Array(10_000)
      },
    })
    const { links } = bridge.backend as Pool
    const descriptors = () =>
      process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
    await (await fetch(bridge.url, { method: 'POST', body: 'warm' })).text()
    const before = descriptors()
    for (let round = 0; round < 20; round++) {
      const clients = Array.from({ length: 30 }, (_, n) => {
        const client = new RawClient(bridge)
        const path = ['POST /', 'POST /never', 'GET /stream'][n % 3]
        const body = n % 3 === 2 ? '' : 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc'
        client.send(`${path} HTTP/1.1\r\nHost: x\r\n${body}\r\n`)
        if (n % 3 === 2) client.send('\r\n')
        return client
      })
      await until(() => bridge.backend.inFlight > 0 || clients.every(({ closed }) => closed))
      for (const { socket } of clients) socket.resetAndDestroy()
    }
    await until(() => bridge.backend.inFlight === 0, 'the end of all requests')
    expect(links.map(({ parcels }) => parcels.size)).toEqual([0])
    expect(links[0]?.peer.load).toMatchObject({ outgoing: 0, streams: 0 })
    await until(() => descriptors() <= before + 5, 'the end of all connections')
    expect(await (await fetch(bridge.url, { method: 'POST', body: 'fine' })).text()).toBe('fine')
  })

  test('a header or a query named __proto__ changes nothing', async () => {
    const bridge = await bridgeWith({
      'GET /': ({ headers, query, cookies }) => ({
        polluted: ({} as { x?: unknown }).x ?? null,
        own: [headers, query, cookies].map((each) => 'x' in each),
      }),
      'POST /': async ({ body }) => {
        const value = (await body.json()) as object
        return { polluted: 'x' in value, keys: Object.keys(value) }
      },
    })
    const text =
      'GET /?__proto__=x&constructor=y HTTP/1.1\r\nHost: h\r\n__proto__: x\r\nCookie: __proto__=x\r\nConnection: close\r\n\r\n'
    const received = await raw(bridge, text)
    expect(received).toContain('{"polluted":null,"own":[false,false,false]}')
    const post = { method: 'POST', body: '{"__proto__":{"x":1},"a":{"__proto__":{"x":1}}}' }
    expect(await (await fetch(bridge.url, post)).json()).toEqual({ polluted: false, keys: ['a'] })
  })
})
