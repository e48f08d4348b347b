// Whatever comes: the connection stays, every answer is a proper one, and each request has exactly one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fail } from '../../errors.js'
import type { Service } from '../../peer/index.js'
import { textServer } from '../../testing/json-rpc-text.js'

const pick = (...values: unknown[]) => fc.constantFrom(...values)
const id = pick(undefined, null, 1, 2, '1', 'x', 1.5, 0, -1, true, [], 2 ** 60)
/** Nearly a message: each member is right most of the time. */
const message = fc.record(
  {
    jsonrpc: pick('2.0', '2.0', '2.0', '1.0'),
    id,
    method: pick('echo', 'later', 'fails', 'odd', '$/cancelRequest', '__proto__', 7, null),
    params: pick(undefined, null, {}, [], [1], { id: 1 }, { id: '1' }, 'text', 5),
    result: pick(undefined, undefined, undefined, null, 5),
    error: pick(undefined, undefined, null, 'text', { code: 1, message: 'm' }),
  },
  { requiredKeys: [] },
)
const batch = fc.array(fc.oneof(message, fc.jsonValue()), { maxLength: 6 })
const anything = fc.oneof(message, batch, fc.jsonValue(), fc.array(batch, { maxLength: 3 }))

const service: Service = ({ method, params }) => {
  if (method === 'echo') return params
  if (method === 'later') return new Promise((resolve) => setTimeout(resolve, 1, 'late'))
  if (method === 'odd') return () => {}
  throw fail(method, 'it fails')
}

interface Sent {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isRequest(value: unknown): boolean {
  if (!isObject(value)) return false
  const { jsonrpc, id, method, params } = value as Sent
  const hasId = ['string', 'number'].includes(typeof id) || id === null
  const fits = params === undefined || typeof params === 'object'
  return jsonrpc === '2.0' && typeof method === 'string' && hasId && fits && id !== 2 ** 60
}

/** How many requests the values hold that must be answered under their own id. */
function requestsIn(values: readonly unknown[]): number {
  const inside = (value: unknown) => (Array.isArray(value) ? value : [value])
  return values.flatMap(inside).filter(isRequest).length
}

function expectAnswer(answer: unknown): void {
  expect(isObject(answer)).toBe(true)
  const { jsonrpc, ...rest } = answer as Record<string, unknown>
  expect(jsonrpc).toBe('2.0')
  expect(Object.keys(rest).sort()).toEqual(['error' in rest ? 'error' : 'result', 'id'].sort())
  if (!('error' in rest)) return
  const { code, message } = rest['error'] as { code: unknown; message: unknown }
  expect([Number.isInteger(code), typeof message]).toEqual([true, 'string'])
}

test('any messages, in any frames, are answered as they must be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 8 }), async (values) => {
      const server = textServer(service)
      let answers = await server.ask(...values)
      // By the clock: many turns of an idle event loop fit into the millisecond that `later` takes.
      while (server.peer.load.incoming > 0) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        answers = [...answers, ...(await server.ask())]
      }
      const all = answers.flatMap((answer) => {
        if (Array.isArray(answer)) expect(answer.length).toBeGreaterThan(0)
        return Array.isArray(answer) ? (answer as unknown[]) : [answer]
      })
      for (const answer of all) expectAnswer(answer)
      // -32600 and -32700 are no request's own answer.
      const own = all.filter((answer) => {
        const code = (answer as { error?: { code: number } }).error?.code
        return code !== -32600 && code !== -32700
      })
      expect(own).toHaveLength(requestsIn(values))
      const probe = { jsonrpc: '2.0', method: 'echo', params: ['probe'], id: 'probe' }
      expect(await server.ask(probe)).toMatchObject([{ id: 'probe', result: ['probe'] }])
      server.peer.abort()
    }),
    { numRuns: 500 },
  )
})

test('any text in a line is answered, and the connection goes on', async () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ' '))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 5 }), async (lines) => {
      const server = textServer(service)
      for (const text of await server.say(...lines)) expectAnswer(JSON.parse(text))
      expect(server.peer.state).toBe('open')
      server.peer.abort()
    }),
    { numRuns: 200 },
  )
})
