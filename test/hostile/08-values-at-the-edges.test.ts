// Row 8: integers past 2^53, NaN, -0, lone surrogates, NUL in strings: a documented value or a
// documented error, the same on both ends, and the connection lives.
import { type Channel, memoryPair } from 'tieline/channel'
import { msgpackRpc, native } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { errorOf } from 'tieline/testing'
import { describe, expect, test } from 'vitest'
import { emptied } from './emptied.js'

/** What is sent, and what the other side has of it. */
const VALUES: readonly [string, unknown, unknown][] = [
  ['the largest safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ['the smallest safe integer', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ['2^53 + 2, a number', 2 ** 53 + 2, 2 ** 53 + 2],
  ['2^53 + 1 as a bigint', 2n ** 53n + 1n, 2n ** 53n + 1n],
  ['a small bigint is a number', 5n, 5],
  ['2^64 - 1', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['-2^63', -(2n ** 63n), -(2n ** 63n)],
  ['NaN', Number.NaN, Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['-0', -0, -0],
  ['the smallest number', 5e-324, 5e-324],
  ['NUL in a string', 'a\0b', 'a\0b'],
  ['a pair of surrogates', '\u{1f600}', '\u{1f600}'],
  ['a lone surrogate is a replacement character', 'a\ud800b', 'a\ufffdb'],
  ['an empty string, list and map', ['', [], {}], ['', [], {}]],
  ['undefined in a list is null', [undefined], [null]],
  ['undefined in a map is left out', { a: undefined, b: 1 }, { b: 1 }],
  ['a date', new Date(1_234_567_890_123), new Date(1_234_567_890_123)],
]

const REFUSED: readonly [string, unknown][] = [
  ['2^64', 2n ** 64n],
  ['-2^63 - 1', -(2n ** 63n) - 1n],
  ['a symbol', Symbol('x')],
  ['a function', () => {}],
  ['a Set', new Set([1])],
  ['an Error', new Error('x')],
  ['an invalid Date', new Date(Number.NaN)],
  ['a cycle', cycle()],
]

function cycle(): unknown {
  const one: { self?: unknown } = {}
  one.self = one
  return one
}

describe.each([
  ['native', native],
  ['MessagePack-RPC', msgpackRpc],
])('%s', (_, protocol) => {
  async function connected() {
    const seen: unknown[] = []
    const [left, right] = memoryPair()
    const client = new Peer(left as Channel, { protocol: protocol(), role: 'client' })
    const server = new Peer(right as Channel, {
      protocol: protocol(),
      role: 'server',
      service: ({ params }) => {
        const [value] = params as [unknown]
        seen.push(value)
        return value
      },
    })
    emptied(client, server)
    await client.ready
    return { client, seen }
  }

  test.each(VALUES)('%s arrives the same on both ends', async (_name, sent, expected) => {
    const { client, seen } = await connected()
    expect(await client.call('echo', [sent])).toStrictEqual(expected)
    expect(seen).toStrictEqual([expected])
  })

  test.each(REFUSED)('%s is refused, and nothing of it is sent', async (_name, value) => {
    const { client, seen } = await connected()
    const error = await errorOf(client.call('echo', [value]))
    expect(error).toMatchObject({ code: 'invalid-argument', sent: 'no', method: 'echo' })
    expect(error['message']).toMatch(/^echo: .{1,120}$/)
    expect(await client.call('echo', [1])).toBe(1)
    expect(seen).toEqual([1])
  })

  test('keys that mean something to JavaScript are keys, and touch no prototype', async () => {
    const { client, seen } = await connected()
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "prototype": 3}')
    const back = (await client.call('echo', [value])) as Record<string, unknown>
    for (const object of [back, seen[0] as Record<string, unknown>]) {
      expect(Object.hasOwn(object, '__proto__')).toBe(false)
      expect(object['polluted']).toBeUndefined()
      expect([object['constructor'], object['prototype']]).toEqual([2, 3])
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
