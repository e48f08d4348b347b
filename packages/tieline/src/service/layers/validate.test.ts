import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Service } from '../../peer/call.js'
import type { Schema } from '../schema.js'
import { aCall } from '../stand-in.test.helper.js'
import { validate } from './validate.js'

const echo: Service = (call) => call.params

/** A number that is checked with a promise. */
const later: Schema = v.pipeAsync(
  v.number(),
  v.checkAsync(async (n) => n > 0, 'must be above 0'),
)

async function all(items: unknown): Promise<unknown[]> {
  const seen: unknown[] = []
  for await (const item of items as AsyncIterable<unknown>) seen.push(item)
  return seen
}

describe('params', () => {
  const named = validate({
    input: z.object({ name: z.string(), loud: z.boolean().default(false) }),
  })

  test('reach the handler as the schema made them, without a promise', () => {
    expect(named(echo)(aCall({ params: { name: 'Ada' } }))).toEqual({ name: 'Ada', loud: false })
  })

  test('may be made undefined by it', () => {
    const input = z.string().transform((text) => (text === '' ? undefined : text))
    expect(validate({ input })(echo)(aCall({ params: '' }))).toBeUndefined()
  })

  test('are refused before the handler runs, with where and why', () => {
    let ran = false
    const service = named(() => {
      ran = true
    })
    expect(() => service(aCall({ params: { name: 5 } }))).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: 'invalid params of hello: name: Invalid input: expected string, received number',
        data: {
          issues: [{ path: ['name'], message: 'Invalid input: expected string, received number' }],
        },
        crosses: true,
      }),
    )
    expect(ran).toBe(false)
  })

  test('everything else of the call stays, and stays lazy', () => {
    const asked = { signal: 0 }
    const call = aCall({ params: { name: 'Ada' }, meta: { trace: '1' }, asked })
    named((seen) => {
      expect(seen === call).toBe(false)
      expect(seen.meta).toBe(call.meta)
      expect(seen.peer).toBe(call.peer)
      expect(seen.items).toBe(call.items)
      expect(seen.draining).toBe(call.draining)
      expect(seen.remaining()).toBe(call.remaining())
      expect(asked.signal).toBe(0)
      expect(seen.signal).toBe(call.signal)
    })(call)
  })

  test('wait for a schema that is asynchronous', async () => {
    const service = validate({ input: later })(echo)
    expect(await service(aCall({ params: 5 }))).toBe(5)
    await expect(service(aCall({ params: -5 }))).rejects.toThrow(
      'invalid params of hello: must be above 0',
    )
  })

  test('of a stream wait for it as well', async () => {
    const service = validate({ input: later })((call) => [call.params])
    const open = (params: unknown) => service(aCall({ kind: 'stream', params }))
    expect(await all(open(5))).toEqual([5])
    await expect(all(open(-5))).rejects.toThrow('invalid params of hello: must be above 0')
  })
})

describe('answers', () => {
  const text = validate({ output: z.object({ name: z.string() }) })

  test('are checked and sent as they were', async () => {
    const answer = { name: 'Ada', extra: 1 }
    expect(text(() => answer)(aCall())).toBe(answer)
    expect(await text(async () => answer)(aCall())).toBe(answer)
  })

  test('that do not fit are the fault of the handler, which the caller is not told about', async () => {
    const wrong = expect.objectContaining({
      code: 'internal',
      crosses: false,
      message: expect.stringMatching(/^the handler of hello answered what .*: name: Invalid input/),
    })
    expect(() => text(() => ({}))(aCall())).toThrow(wrong)
    await expect(text(async () => ({}))(aCall())).rejects.toEqual(wrong)
  })

  test('are checked item by item in a stream', async () => {
    const numbers = validate({ output: z.number() })(() => [1, 'two'])
    const stream = numbers(aCall({ kind: 'stream' })) as AsyncIterableIterator<unknown>
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    await expect(stream.next()).rejects.toMatchObject({ code: 'internal' })
  })

  test('may be checked with a promise', async () => {
    const service = validate({ output: later })(echo)
    expect(await service(aCall({ params: 1 }))).toBe(1)
    await expect(service(aCall({ params: -1 }))).rejects.toMatchObject({ code: 'internal' })
    const stream = validate({ output: later })(() => [1, 2])
    expect(await all(stream(aCall({ kind: 'stream' })))).toEqual([1, 2])
  })
})

test('streamed-in items are checked where the handler reads them', async () => {
  const sum = validate({ items: z.coerce.number() })(async (call) => {
    let total = 0
    for await (const item of call.items) total += item as number
    return total
  })
  const from = (items: unknown[]) =>
    aCall({
      items: (async function* () {
        yield* items
      })(),
    })
  expect(await sum(from([1, '2']))).toBe(3)
  await expect(sum(from([1, 'two']))).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/^invalid item sent to hello: /),
    crosses: true,
  })
})

test('without schemas the layer is not there', () => {
  expect(validate({})(echo)).toBe(echo)
})
