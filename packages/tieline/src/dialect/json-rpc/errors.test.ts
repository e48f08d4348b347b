// Errors in both directions: words of Tieline, numbers of JSON-RPC, and a mapping of one's own.
import { describe, expect, test } from 'vitest'
import { fail, type TielineError } from '../../errors.js'
import { textServer } from '../../testing/json-rpc-text.js'
import { jsonRpc, jsonRpcCode } from './index.js'

const TABLE: [word: string, number: number][] = [
  ['malformed', -32700],
  ['invalid-request', -32600],
  ['unknown-method', -32601],
  ['invalid-argument', -32602],
  ['internal', -32603],
  ['cancelled', -32800],
  ['remote-error', -32000],
  ['-32001', -32001],
  ['0', 0],
  ['42', 42],
  ['-9007199254740991', -9007199254740991],
]

/** The error that a call rejects with when it is answered with this one. */
async function received(error: unknown): Promise<TielineError> {
  const server = textServer(() => undefined)
  const calling = server.peer.call('m').catch((thrown) => thrown as TielineError)
  await server.ask({ jsonrpc: '2.0', error, id: 1 })
  const thrown = (await calling) as TielineError
  server.peer.abort()
  return thrown
}

/** What a caller is answered when the handler throws this. */
async function sent(thrown: unknown): Promise<unknown> {
  const server = textServer(() => {
    throw thrown
  })
  const [answer] = await server.ask({ jsonrpc: '2.0', method: 'm', id: 1 })
  server.peer.abort()
  return (answer as { error: unknown }).error
}

describe('an error', () => {
  test.each(TABLE)('%s is %d, there and back, with message and data', async (code, number) => {
    for (const data of [undefined, null, 0, { id: 7 }, { code: 'inner' }]) {
      const error = { code: number, message: 'why', ...(data === undefined ? {} : { data }) }
      // -32000 with data of that one form means a word of ours.
      if (number === -32000 && (data as { code?: string } | null)?.code) continue
      expect(await sent(fail(code, 'why', data))).toEqual(error)
      const thrown = await received(error)
      expect(thrown).toMatchObject({ code, message: 'why', origin: 'remote', method: 'm' })
      expect(thrown.data).toEqual(data)
      expect(jsonRpcCode(thrown)).toBe(number)
    }
  })

  test('of any other code keeps it in its data', async () => {
    expect(await sent(fail('not-found', 'no such song'))).toEqual({
      code: -32000,
      message: 'no such song',
      data: { code: 'not-found' },
    })
    const error = { code: -32000, message: 'gone', data: { code: 'not-found', data: { id: 7 } } }
    expect(await sent(fail('not-found', 'gone', { id: 7 }))).toEqual(error)
    const thrown = await received(error)
    expect(thrown).toMatchObject({ code: 'not-found', message: 'gone', data: { id: 7 } })
    expect(jsonRpcCode(thrown)).toBe(-32000)
  })

  test.each(['', '007', '-0', '+1', '1.5', '1e3', 'constructor', '99999999999999999999'])(
    'of code %j is no number',
    async (code) => {
      expect(await sent(fail(code, 'why'))).toEqual({
        code: -32000,
        message: 'why',
        data: { code },
      })
    },
  )

  test('of a foreign server keeps what it has in data, whatever its form', async () => {
    for (const data of ['text', [1], { detail: 1 }, { code: 'E42', detail: 1 }, { code: 5 }]) {
      const thrown = await received({ code: -32000, message: 'no', data })
      expect(thrown).toMatchObject({ code: 'remote-error', data })
    }
  })

  test.each([
    ['a text', 'no luck', 'no luck'],
    ['no code', { message: 'no luck' }, 'no luck'],
    ['a code that is a text', { code: 'E', message: 'no luck' }, 'no luck'],
    ['a fraction', { code: 1.5, message: 'no luck' }, 'no luck'],
    ['a number', 7, 'the remote answered an error without a code'],
    ['a message that is none', { code: 'E', message: 7 }, expect.stringContaining('without')],
  ])('that is %s is told as it is', async (_, error, message) => {
    expect(await received(error)).toMatchObject({ code: 'remote-error', message, data: error })
  })

  test('without a message has an empty one', async () => {
    expect(await received({ code: -32001 })).toMatchObject({ code: '-32001', message: '' })
  })

  test('that nobody threw on purpose crosses as internal, and says no more', async () => {
    expect(await sent(new Error('secret'))).toEqual({ code: -32603, message: 'internal error' })
  })
})

test('a mapping of one’s own writes and reads', async () => {
  const server = textServer(
    ({ method }) => {
      if (method === 'known') throw fail('not-found', 'no such song', { id: 7 })
      throw fail('unknown-method', `unknown method: ${method}`)
    },
    {
      errors: {
        write: ({ code, message }) => ({
          code: code === 'unknown-method' ? -32601 : -32000,
          message,
        }),
        read: ({ message }) => ({ code: 'odd', message }),
      },
    },
  )
  expect(
    await server.ask(
      { jsonrpc: '2.0', method: 'known', id: 1 },
      { jsonrpc: '2.0', method: 'other', id: 2 },
    ),
  ).toEqual([
    { jsonrpc: '2.0', error: { code: -32000, message: 'no such song' }, id: 1 },
    { jsonrpc: '2.0', error: { code: -32601, message: 'unknown method: other' }, id: 2 },
  ])
  const calling = server.peer.call('m').catch((thrown) => thrown as unknown)
  await server.ask({ jsonrpc: '2.0', error: { code: -32001, message: 'no' }, id: 1 })
  expect(await calling).toMatchObject({ code: 'odd', message: 'no' })
  server.peer.abort()
})

test.each([
  [{ framing: 'line' }, 'framing must be'],
  [{ framing: 'lines', maxBytes: 0 }, 'maxBytes must be above 0, not 0'],
  [{ framing: 'lines', maxBytes: Number.NaN }, 'maxBytes must be above 0, not NaN'],
])('jsonRpc(%j) is refused', (options, message) => {
  expect(() => jsonRpc(options as never)).toThrow(message)
})

test.each([
  ['lines', '', undefined],
  ['lines', ' \t\r\n', undefined],
  ['lines', '{', true],
  ['message', ' \n[', true],
  ['lines', '"', false],
  ['lines', '\u0000', false],
  ['content-length', '', undefined],
  ['content-length', 'C', undefined],
  ['content-length', 'CONTENT', undefined],
  ['content-length', 'cOntent-', true],
  ['content-length', 'Content-Length: 5', true],
  ['content-length', 'Content_', false],
  ['content-length', 'Content\r', false],
  ['content-length', '{', false],
  ['content-length', 'GET', false],
] as const)('%s recognises %j: %s', (framing, text, answer) => {
  expect(jsonRpc({ framing }).recognises?.(new TextEncoder().encode(text))).toBe(answer)
})
