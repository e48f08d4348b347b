import { describe, expect, test } from 'vitest'
import { Body } from './body.js'
import { lineLog } from './log.js'
import { HttpError, reply } from './reply.js'
import { cookiesOf, queryOf } from './request.js'
import { checkedHeaders, errorResponse, responseOf } from './response.js'
import { routesOf } from './routes.js'

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

describe('a body', () => {
  test('can be read once, and says so the second time', async () => {
    const body = new Body(Buffer.from('x'))
    expect(await body.text()).toBe('x')
    await expect(body.text()).rejects.toThrow('read already')
    expect(() => body[Symbol.asyncIterator]()).toThrow('read already')
  })

  test('is put together from a stream, up to a limit', async () => {
    expect(await new Body(chunks('a', 'b', 'c')).text()).toBe('abc')
    await expect(new Body(chunks('ab', 'cd')).bytes({ limit: 3 })).rejects.toMatchObject({
      status: 413,
    })
    await expect(new Body('abcd').bytes({ limit: 3 })).rejects.toMatchObject({ status: 413 })
    expect(await new Body(undefined).bytes()).toEqual(new Uint8Array(0))
  })

  test('that is JSON has no __proto__ at any depth', async () => {
    const value = await new Body('[{"__proto__":{"x":1},"a":{"__proto__":[]}}]').json()
    expect(JSON.stringify(value)).toBe('[{"a":{}}]')
  })

  test('is a stream of one chunk when it came whole, and of none when there is none', async () => {
    const read = async (body: Body) => {
      const seen: string[] = []
      for await (const chunk of body) seen.push(Buffer.from(chunk).toString())
      return seen
    }
    expect(await read(new Body('abc'))).toEqual(['abc'])
    expect(await read(new Body(undefined))).toEqual([])
    expect(await read(new Body(''))).toEqual([])
  })
})

describe('query and cookies', () => {
  test('are decoded; names of Object.prototype are names like any other, and __proto__ is none', () => {
    expect({ ...queryOf('/?a=1&b=x%20y&a=2&c') }).toEqual({ a: ['1', '2'], b: 'x y', c: '' })
    const hostile = queryOf('/?__proto__=1&__proto__=2&constructor=2&toString=3')
    expect(Object.getPrototypeOf(hostile)).toBeNull()
    expect(Object.keys(hostile)).toEqual(['constructor', 'toString'])
    expect(Object.keys(cookiesOf('__proto__=1; constructor=2'))).toEqual(['constructor'])
    expect({ ...cookiesOf('a=1; a=2; b="x%20y"; c=%zz; =x; d') }).toEqual({
      a: '1',
      b: 'x y',
      c: '%zz',
    })
  })
})

describe('a response', () => {
  test.each([
    ['a\r\nb', 'CR LF'],
    ['a\nb', 'LF'],
    ['a\0b', 'NUL'],
    ['\u{1f600}', 'what has no byte of its own'],
  ])('%j is no header value: it has %s', (value) => {
    expect(() => checkedHeaders({ 'x-a': value })).toThrow('x-a is not one HTTP can carry')
    expect(() => checkedHeaders({ 'x-a': ['fine', value] })).toThrow()
  })

  test('has no header with a name that is none, and none that is the connection’s', () => {
    expect(() => checkedHeaders({ 'x a': '1' })).toThrow()
    expect(() => checkedHeaders({ 'x:a': '1' })).toThrow()
    expect(
      checkedHeaders({ Connection: 'close', 'Transfer-Encoding': 'chunked', 'X-A': 'b' }),
    ).toEqual({ 'x-a': 'b' })
  })

  test('can not be made of what JSON has no text for', () => {
    for (const value of [() => 1, Symbol('x'), 1n])
      expect(() => responseOf(value)).toThrow(TypeError)
    expect(() => responseOf(reply('x', { status: 600 }))).toThrow('must be 200 to 599')
    expect(() => responseOf(Response.error())).toThrow('must be 200 to 599')
  })

  test('of an HttpError that can not be sent is a 500 that hides it', () => {
    const context = { requestId: 'r1', development: false }
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const error of [
      new HttpError(42, 'x'),
      new HttpError(400, 'x', { details: cycle }),
      new HttpError(400, 'x', { headers: { 'x-a': '\n' } }),
    ]) {
      const { status, body } = errorResponse(error, context)
      expect(status).toBe(500)
      expect(JSON.parse(body as string).error).toEqual({
        code: 'HANDLER_EXECUTION_ERROR',
        message: 'Internal Server Error',
        requestId: 'r1',
      })
    }
  })
})

describe('routes', () => {
  const handler = () => 'x'

  test('are a list or a table, and get an id', () => {
    expect(
      routesOf({ 'GET /a': handler, 'post /b': handler, '/c': handler, 'WS /d': {} }).map(
        ({ id }) => id,
      ),
    ).toEqual(['GET /a', 'POST /b', 'GET /c', 'WS /d'])
    expect(routesOf([{ id: 'mine', method: 'GET', path: '/', handler }])[0]?.id).toBe('mine')
  })

  test('are refused by name', () => {
    expect(() => routesOf({ 'GET a': handler })).toThrow('"GET a" must have a path')
    expect(() => routesOf({ 'FETCH /a': handler })).toThrow('method that HTTP does not have')
    expect(() => routesOf({ 'GET /a': 'x' as never })).toThrow('a function as its handler')
    expect(() => routesOf([{ path: '/a', socket: undefined as never }])).toThrow('open, message')
    const twice = { method: 'GET', path: '/a', handler }
    expect(() => routesOf([twice, twice])).toThrow('is there twice')
  })
})

test('a line of the log is one line, whatever is in it', () => {
  const lines: string[] = []
  const log = lineLog({ name: 'h', level: 'warn', write: (line) => lines.push(line) })
  log.info({}, 'left out')
  log.warn({ path: 'a\nb', n: 1, none: undefined }, 'hello\u001b[2J\r\nforged')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[\d:.]{12} warn {2}h hello \[2J {2}forged path=a b n=1\n$/)
})
