import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fail, TielineError } from '../errors.js'
import type { Call } from '../peer/call.js'
import { type } from '../service/schema.js'
import { aCall, standIn } from '../service/stand-in.test.helper.js'
import { client } from './client.js'
import { call, contract, notify, stream } from './contract.js'
import { implement } from './implement.js'
import type { Handlers } from './types.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({ input: z.object({ name: z.string() }), output: z.string() }),
    ticks: stream({ input: v.object({ count: v.number() }), output: v.number() }),
    log: notify({ input: type<string>() }),
    ping: call(),
  },
})

const handlers: Handlers<typeof Greeter> = {
  hello: ({ name }) => `Hello ${name}`,
  ticks: async function* ({ count }) {
    for (let i = 0; i < count; i++) yield i
  },
  log: () => {},
  ping: () => {},
}

const { service } = implement(Greeter, handlers)
const caller = standIn(service)

describe('calls', () => {
  test('are answered without a promise when the handler makes none', () => {
    expect(service(aCall({ params: { name: 'Ada' } }))).toBe('Hello Ada')
  })

  test('wait for what the handler waits for', async () => {
    const slow = implement(Greeter, { ...handlers, hello: async ({ name }) => `Hello ${name}` })
    expect(await slow.service(aCall({ params: { name: 'Ada' } }))).toBe('Hello Ada')
  })

  test('are refused with where and why when their params do not fit', async () => {
    await expect(caller.call('hello', { name: 5 })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'invalid params of hello: name: Invalid input: expected string, received number',
    })
  })

  test('give a handler no params when the contract has none', async () => {
    const seen: unknown[] = []
    const { service } = implement(Greeter, {
      ...handlers,
      ping: (...all) => void seen.push(all[0]),
    })
    await service(aCall({ method: 'ping', params: { unasked: true } }))
    expect(seen).toEqual([undefined])
  })

  test.each([
    ['a value', () => 5],
    ['a promise', async () => 5],
  ])('answer nothing when the contract says so, though the handler returns %s', async (_, ping) => {
    const { service } = implement(Greeter, { ...handlers, ping: ping as () => void })
    expect(await service(aCall({ method: 'ping' }))).toBeUndefined()
  })

  test('see the call as their context', () => {
    const call = aCall({ params: { name: 'Ada' }, meta: { trace: 'x' } })
    const { service } = implement(Greeter, {
      ...handlers,
      hello: (_, context) => {
        expect(context.method).toBe('hello')
        expect(context.meta).toEqual({ trace: 'x' })
        expect(context.peer).toBe(call.peer)
        return ''
      },
    })
    service(call)
  })

  test('ask for nothing that the handler does not ask for', () => {
    const asked = { signal: 0 }
    service(aCall({ params: { name: 'Ada' }, asked }))
    expect(asked.signal).toBe(0)
  })
})

describe('what is not declared is unknown', () => {
  test.each(['nope', 'constructor', 'toString', 'hasOwnProperty', '__proto__', 'then', ''])(
    'as %j',
    async (method) => {
      await expect(caller.call(method)).rejects.toMatchObject({
        code: 'unknown-method',
        message: `unknown method: ${method}`,
        origin: 'remote',
      })
    },
  )
})

describe('a stream and a call are not each other', () => {
  test('and the refusal says which it is', async () => {
    await expect(caller.call('ticks', { count: 1 })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'ticks is a stream, not a call',
    })
    await expect(caller.stream('hello', { name: 'x' }).next()).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'hello is a call, not a stream',
    })
    await expect(caller.stream('log', 'x').next()).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'log is a notification, not a stream',
    })
  })

  test('while a notification may be asked for an answer, and a call be notified', async () => {
    const seen: string[] = []
    const { service } = implement(Greeter, {
      ...handlers,
      log: (text) => void seen.push(text),
      ping: () => void seen.push('ping'),
    })
    expect(await standIn(service).call('log', 'one')).toBeUndefined()
    standIn(service).notify('ping')
    expect(seen).toEqual(['one', 'ping'])
  })
})

describe('streams', () => {
  test.each([
    ['an asynchronous generator', handlers.ticks],
    [
      'a synchronous generator',
      function* () {
        yield* [0, 1, 2]
      },
    ],
    ['an array', () => [0, 1, 2]],
  ])('may be answered with %s', async (_, ticks) => {
    const { service } = implement(Greeter, { ...handlers, ticks })
    const seen: unknown[] = []
    for await (const item of standIn(service).stream('ticks', { count: 3 })) seen.push(item)
    expect(seen).toEqual([0, 1, 2])
  })

  test('refuse params that do not fit before the generator runs', () => {
    expect(() => service(aCall({ kind: 'stream', method: 'ticks', params: {} }))).toThrow(
      'invalid params of ticks: count: ',
    )
  })

  test.each([
    ['nothing', undefined],
    ['a text', 'abc'],
    ['a promise', Promise.resolve([])],
  ])('answered with %s are the fault of the handler', async (_, answer) => {
    const ticks = () => answer as unknown as number[]
    const { service } = implement(Greeter, { ...handlers, ticks })
    const open = () => service(aCall({ kind: 'stream', method: 'ticks', params: { count: 1 } }))
    expect(open).toThrow('the handler of stream ticks returned nothing that can be iterated')
    const reader = standIn(service).stream('ticks', { count: 1 })
    await expect(reader.next()).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('errors', () => {
  const Store = contract({
    name: 'store',
    version: '1.0',
    methods: {
      get: call({
        input: type<string>(),
        output: type<string>(),
        errors: { 'not-found': z.object({ key: z.string() }) },
      }),
      watch: stream({ output: type<string>(), errors: { gone: true } }),
    },
  })
  const answering = (error: unknown) => {
    const { service } = implement(Store, {
      get: async () => {
        throw error
      },
      watch: async function* () {
        yield 'first'
        throw error
      },
    })
    return client(Store, standIn(service))
  }
  /** As a nested call's error reaches a handler. */
  const received = (code: string) =>
    new TielineError(code, 'inner words', { origin: 'remote', method: 'inner', data: { key: 'k' } })

  test('made by fail cross as they are, declared or not', async () => {
    await expect(answering(fail('not-found', 'no k', { key: 'k' })).get('k')).rejects.toMatchObject(
      {
        code: 'not-found',
        message: 'no k',
        data: { key: 'k' },
      },
    )
    await expect(answering(fail('on-fire', 'help')).get('k')).rejects.toMatchObject({
      code: 'on-fire',
      message: 'help',
    })
  })

  test('of any other kind are hidden', async () => {
    for (const thrown of [
      new Error('secret'),
      'secret',
      undefined,
      new TielineError('connection-lost', '/secret/path', { origin: 'channel' }),
      new TielineError('not-found', 'secret'),
    ]) {
      const error = await answering(thrown)
        .get('k')
        .catch((caught: TielineError) => caught)
      expect(error).toMatchObject({ code: 'internal', message: 'internal error', data: undefined })
    }
  })

  test('received from a nested call cross when this method declares their code', async () => {
    await expect(answering(received('not-found')).get('k')).rejects.toMatchObject({
      code: 'not-found',
      message: 'inner words',
      data: { key: 'k' },
    })
  })

  test('received from a nested call are hidden when it does not', async () => {
    await expect(answering(received('permission-denied')).get('k')).rejects.toMatchObject({
      code: 'internal',
      message: 'internal error',
    })
  })

  test('follow the same rules in the middle of a stream', async () => {
    const codeAfter = async (error: unknown) => {
      const items = answering(error).watch()
      await items.next()
      return items.next().catch((caught: TielineError) => caught.code)
    }
    expect(await codeAfter(fail('gone', 'gone'))).toBe('gone')
    expect(await codeAfter(received('gone'))).toBe('gone')
    expect(await codeAfter(received('not-found'))).toBe('internal')
    expect(await codeAfter(new Error('secret'))).toBe('internal')
  })

  test('thrown at once are treated like late ones', () => {
    const { service } = implement(Store, {
      get: () => {
        throw received('not-found')
      },
      watch: () => {
        throw received('gone')
      },
    })
    const declared = expect.objectContaining({ crosses: true })
    expect(() => service(aCall({ method: 'get', params: 'k' }))).toThrow(declared)
    expect(() => service(aCall({ kind: 'stream', method: 'watch' }))).toThrow(declared)
  })
})

describe('validation', () => {
  const wrong = { ...handlers, hello: () => 5 as unknown as string }

  test('of answers is off, and can be turned on', () => {
    const call = aCall({ params: { name: 'Ada' } })
    expect(implement(Greeter, wrong).service(call)).toBe(5)
    const strict = implement(Greeter, wrong, { validate: { output: true } })
    expect(() => strict.service(call)).toThrow(expect.objectContaining({ code: 'internal' }))
  })

  test('of params is on, and can be turned off', () => {
    const trusting = implement(Greeter, handlers, { validate: { input: false } })
    expect(trusting.service(aCall({ params: { name: 5 } }))).toBe('Hello 5')
  })

  test('covers what the caller streams in', async () => {
    const Adder = contract({
      name: 'adder',
      version: '1.0',
      methods: { sum: call({ items: z.number(), output: z.number() }) },
    })
    const { service } = implement(Adder, {
      sum: async (_, { items }) => {
        let total = 0
        for await (const item of items) total += item
        return total
      },
    })
    const adder = client(Adder, standIn(service))
    expect(await adder.sum(undefined, { items: [1, 2] })).toBe(3)
    const items = [1, 'two'] as number[]
    await expect(adder.sum(undefined, { items })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'invalid item sent to sum: Invalid input: expected number, received string',
    })
  })
})

describe('layers', () => {
  test('wrap the whole service, the first outermost', () => {
    const order: string[] = []
    const named = (name: string) => (next: (call: Call) => unknown) => (call: Call) => {
      order.push(name)
      return next(call)
    }
    const layers = [named('outer'), named('inner')]
    const { service } = implement(Greeter, handlers, { layers })
    expect(() => service(aCall({ method: 'nope' }))).toThrow('unknown method')
    expect(order).toEqual(['outer', 'inner'])
  })

  test('see what a handler really threw', async () => {
    const seen: unknown[] = []
    const error = new Error('real')
    const { service } = implement(
      Greeter,
      { ...handlers, hello: () => Promise.reject(error) },
      {
        layers: [
          (next) => (call) => (next(call) as Promise<unknown>).catch((thrown) => seen.push(thrown)),
        ],
      },
    )
    await service(aCall({ params: { name: 'x' } }))
    expect(seen).toEqual([error])
  })
})

describe('handlers', () => {
  test('may be an instance of a class, with fields of its own', async () => {
    class Local implements Handlers<typeof Greeter> {
      greeting = 'Hi'
      hello({ name }: { name: string }) {
        return `${this.greeting} ${name}`
      }
      *ticks() {
        yield this.greeting.length
      }
      log() {}
      ping() {}
    }
    const greeter = client(Greeter, standIn(implement(Greeter, new Local()).service))
    expect(await greeter.hello({ name: 'Ada' })).toBe('Hi Ada')
    expect(await greeter.ticks({ count: 1 }).next()).toEqual({ done: false, value: 2 })
  })

  test('are all there, and none too many', () => {
    const { ping: _, ...fewer } = handlers
    expect(() => implement(Greeter, fewer as typeof handlers)).toThrow(
      'implement: greeter has no handler for ping',
    )
    const more = { ...handlers, pong: () => {} }
    expect(() => implement(Greeter, more)).toThrow(
      'implement: greeter has a handler for pong, which the contract does not declare',
    )
  })

  test('may call the method of the caller', async () => {
    const Callbacks = contract({
      name: 'callbacks',
      version: '1.0',
      methods: { name: call({ output: type<string>() }) },
    })
    const here = standIn(implement(Callbacks, { name: () => 'Ada' }).service)
    const { service } = implement(Greeter, {
      ...handlers,
      hello: async (_, { peer }) => `Hello ${await client(Callbacks, peer).name()}`,
    })
    expect(await service(aCall({ params: { name: '' }, peer: here }))).toBe('Hello Ada')
  })
})

test('every implementation describes itself, unless told not to', async () => {
  expect(await caller.call('tieline.describe')).toMatchObject([{ name: 'greeter', version: '1.0' }])
  const silent = standIn(implement(Greeter, handlers, { describe: false }).service)
  await expect(silent.call('tieline.describe')).rejects.toMatchObject({ code: 'unknown-method' })
})
