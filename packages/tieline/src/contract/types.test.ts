// What the compiler makes of contracts. `npx tsc` is the judge here; running it shows little.
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type } from '../service/schema.js'
import { standIn } from '../service/stand-in.test.helper.js'
import { client } from './client.js'
import { call, contract, notify, stream } from './contract.js'
import { type Declared, isDeclared } from './declared.js'
import { implement } from './implement.js'
import type { Client, Context, Handlers, Input, MethodOptions, Output, Params } from './types.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({
      input: z.object({ name: z.string(), loud: z.boolean().default(false) }),
      output: v.object({ text: v.string() }),
      params: ['name', 'loud'],
      errors: { 'not-found': z.object({ name: z.string() }), busy: true },
    }),
    born: call({ input: type<string>(), output: z.codec(z.string(), z.date(), codec()) }),
    ping: call(),
    find: call({ input: z.string().optional(), output: type<number[]>() }),
    upload: call({ input: type<{ name: string }>(), items: z.coerce.number(), output: z.number() }),
    fill: call({ items: type<Uint8Array>() }),
    ticks: stream({ input: type<{ everyMs: number }>(), output: z.number() }),
    events: stream({ output: type<'up' | 'down'>() }),
    log: notify({ input: z.string() }),
    touch: notify(),
  },
})
type Greeter = typeof Greeter

function codec() {
  return { decode: (text: string) => new Date(text), encode: (date: Date) => date.toISOString() }
}

const greeter = client(
  Greeter,
  standIn(() => 1),
)

describe('a client has a function for each method', () => {
  test('with the input before, and the output before the check', () => {
    expectTypeOf(greeter.hello).toEqualTypeOf<
      (
        input: { name: string; loud?: boolean | undefined },
        options?: MethodOptions,
      ) => Promise<{ text: string }>
    >()
    expectTypeOf(greeter.born).returns.toEqualTypeOf<Promise<string>>()
    expectTypeOf<Client<Greeter, true>['born']>().returns.toEqualTypeOf<Promise<Date>>()
  })

  test('whose input may be left out where there is none to give', () => {
    expectTypeOf(greeter.ping).parameters.toEqualTypeOf<
      [input?: undefined, options?: MethodOptions]
    >()
    expectTypeOf(greeter.ping).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(greeter.find).parameters.toEqualTypeOf<
      [input?: string | undefined, options?: MethodOptions]
    >()
  })

  test('that asks for the items a method takes', () => {
    const calls = () => {
      void greeter.upload({ name: 'x' }, { items: [1, '2'], timeout: '2s' })
      void greeter.fill(undefined, { items: [new Uint8Array(1)] })
      // @ts-expect-error the items are missing
      void greeter.upload({ name: 'x' })
      // @ts-expect-error hello takes no items
      void greeter.hello({ name: 'x' }, { items: [] })
      // @ts-expect-error items of another type
      void greeter.fill(undefined, { items: ['x'] })
    }
    expectTypeOf(calls).toBeFunction()
  })

  test('that answers streams with iterators and notifications with nothing', () => {
    expectTypeOf(greeter.ticks).returns.toEqualTypeOf<AsyncIterableIterator<number>>()
    expectTypeOf(greeter.events).returns.toEqualTypeOf<AsyncIterableIterator<'up' | 'down'>>()
    expectTypeOf(greeter.events).parameter(0).toEqualTypeOf<undefined>()
    expectTypeOf(greeter.log).returns.toEqualTypeOf<void>()
    expectTypeOf(greeter.log).parameter(0).toEqualTypeOf<string>()
  })

  test('and nothing else', () => {
    expectTypeOf<keyof Client<Greeter>>().toEqualTypeOf<keyof Greeter['methods']>()
    const calls = () => {
      // @ts-expect-error no such method
      void greeter.helo({ name: 'x' })
      // @ts-expect-error name must be a text
      void greeter.hello({ name: 5 })
      // @ts-expect-error the input is missing
      void greeter.hello()
      // @ts-expect-error a duration is a number of milliseconds or a text with a unit
      void greeter.ping(undefined, { timeout: 'soon' })
    }
    expectTypeOf(calls).toBeFunction()
  })

  test('checked or not, as it is asked for', () => {
    const caller = standIn(() => 1)
    expectTypeOf(client(Greeter, caller)).toEqualTypeOf<Client<Greeter>>()
    expectTypeOf(client(Greeter, caller, { validate: { output: true } })).toEqualTypeOf<
      Client<Greeter, true>
    >()
  })
})

describe('handlers', () => {
  test('are given the input after the check, and what they may do with the call', () => {
    expectTypeOf<Handlers<Greeter>['hello']>().toEqualTypeOf<
      (
        params: { name: string; loud: boolean },
        context: Context,
      ) => { text: string } | Promise<{ text: string }>
    >()
    expectTypeOf<Parameters<Handlers<Greeter>['upload']>[1]>().toEqualTypeOf<Context<number>>()
    expectTypeOf<Context['signal']>().toEqualTypeOf<AbortSignal>()
    expectTypeOf<Context<number>['items']>().toEqualTypeOf<AsyncIterable<number>>()
  })

  test('infer their params in place', () => {
    const Small = contract({
      name: 'small',
      version: '1.0',
      methods: {
        add: call({ input: z.object({ a: z.number(), b: z.number() }), output: z.number() }),
        ticks: stream({ output: z.number() }),
      },
    })
    implement(Small, {
      add: (params, context) => {
        expectTypeOf(params).toEqualTypeOf<{ a: number; b: number }>()
        expectTypeOf(context.remaining()).toEqualTypeOf<number>()
        return params.a + params.b
      },
      ticks: async function* (_, { signal }) {
        while (!signal.aborted) yield 1
      },
    })
    implement(Small, { add: async ({ a }) => a, ticks: () => [1, 2] })
    // @ts-expect-error ticks is missing
    expectTypeOf(() => implement(Small, { add: () => 1 })).toBeFunction()
    const more = () =>
      implement(Small, {
        add: () => 1,
        ticks: () => [],
        // @ts-expect-error the contract does not declare it
        extra: () => 1,
      })
    const wrong = () =>
      implement(Small, {
        // @ts-expect-error a text is no number
        add: () => 'three',
        // @ts-expect-error a stream answers with something to iterate
        ticks: () => 5,
      })
    expectTypeOf([more, wrong]).toBeArray()
  })

  test('can be a class', () => {
    class LocalGreeter implements Pick<Handlers<Greeter>, 'hello' | 'ping'> {
      hello({ name }: Params<Greeter, 'hello'>): Output<Greeter, 'hello'> {
        return { text: `Hello ${name}` }
      }
      ping(): void {}
    }
    expectTypeOf(new LocalGreeter()).toExtend<Pick<Handlers<Greeter>, 'hello' | 'ping'>>()
  })
})

test('the values of a method have names', () => {
  expectTypeOf<Input<Greeter, 'ticks'>>().toEqualTypeOf<{ everyMs: number }>()
  expectTypeOf<Input<Greeter, 'hello'>>().toEqualTypeOf<{
    name: string
    loud?: boolean | undefined
  }>()
  expectTypeOf<Params<Greeter, 'hello'>>().toEqualTypeOf<{ name: string; loud: boolean }>()
  expectTypeOf<Output<Greeter, 'events'>>().toEqualTypeOf<'up' | 'down'>()
})

test('declared errors are told apart by their code, with the type of their data', () => {
  const handle = (error: unknown) => {
    if (!isDeclared(Greeter.methods.hello, error)) return
    expectTypeOf(error).toEqualTypeOf<
      Declared<'not-found', { name: string }> | Declared<'busy', unknown>
    >()
    if (error.code === 'not-found') expectTypeOf(error.data).toEqualTypeOf<{ name: string }>()
    else expectTypeOf(error.code).toEqualTypeOf<'busy'>()
    expectTypeOf(error.message).toEqualTypeOf<string>()
  }
  const none = (error: unknown) => {
    if (isDeclared(Greeter.methods.ping, error)) expectTypeOf(error).toEqualTypeOf<never>()
  }
  expectTypeOf([handle, none]).toBeArray()
})

test('params are names of the input, or say that the input is the array', () => {
  call({ input: type<[string, number]>(), params: 'array' })
  call({ input: type<{ a: 1; b: 2 }>(), params: ['b', 'a'] })
  // @ts-expect-error c is no field of the input
  call({ input: type<{ a: 1; b: 2 }>(), params: ['a', 'c'] })
  // @ts-expect-error the input is no array
  call({ input: type<{ a: 1 }>(), params: 'array' })
  // @ts-expect-error the input has no names
  call({ input: type<[string, number]>(), params: ['a'] })
})

test('versions and names are texts of a form', () => {
  // @ts-expect-error a version has two numbers
  const wrong = () => contract({ name: 'x', version: 'one', methods: {} })
  expectTypeOf(wrong).toBeFunction()
})
