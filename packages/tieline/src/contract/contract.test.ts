import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type } from '../service/schema.js'
import { call, contract, type Methods, notify, stream } from './contract.js'

const define = (methods: Methods) => contract({ name: 'greeter', version: '1.0', methods })

describe('a contract', () => {
  test('is plain frozen data', () => {
    const Greeter = contract({
      name: 'greeter',
      version: '1.2',
      methods: {
        hello: call({
          input: type<{ name: string; loud: boolean }>(),
          output: z.string(),
          errors: { 'not-found': v.object({ name: v.string() }), busy: true },
          params: ['name', 'loud'],
          summary: 'Greets',
          idempotent: true,
        }),
        ticks: stream({ output: z.number(), resumable: true }),
        log: notify({ input: z.string() }),
        ping: call(),
      },
    })
    expect(Greeter).toMatchObject({
      name: 'greeter',
      version: '1.2',
      methods: {
        hello: { kind: 'call', params: ['name', 'loud'], summary: 'Greets', idempotent: true },
        ticks: { kind: 'stream', input: undefined, resumable: true },
        log: { kind: 'notify', output: undefined },
        ping: { kind: 'call', input: undefined, output: undefined, errors: {}, idempotent: false },
      },
    })
    for (const part of [
      Greeter,
      Greeter.methods,
      Greeter.methods.hello,
      Greeter.methods.hello.errors,
      Greeter.methods.hello.params,
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test('keeps what it was made from apart', () => {
    const methods: Record<string, Methods[string]> = { ping: call() }
    const made = define(methods)
    methods['pong'] = call()
    expect(Object.keys(made.methods)).toEqual(['ping'])
  })
})

describe('names', () => {
  test.each(['nvim_eval', 'textDocument/didOpen', 'a.b-c:d', 'größe'])(
    '%s is a method name',
    (name) => {
      expect(() => define({ [name]: call() })).not.toThrow()
    },
  )

  test.each(['constructor', 'toString', 'hasOwnProperty', 'then', 'toJSON', 'prototype'])(
    '%s is taken: clients and promises have it already',
    (name) => {
      expect(() => define({ [name]: call() })).toThrow(
        `contract greeter: a method can not be named ${name}`,
      )
    },
  )

  test.each([
    ['$connection', 'can not begin with $ or tieline.: $connection'],
    ['tieline.describe', 'can not begin with $ or tieline.: tieline.describe'],
    ['', '"" is no method name: no spaces or control characters'],
    ['a b', '"a b" is no method name'],
    ['a\u0000', 'is no method name'],
    ['x'.repeat(201), 'is no method name'],
  ])('%j is refused', (name, message) => {
    expect(() => define({ [name]: call() })).toThrow(message)
  })

  test('__proto__ is refused, as a key of its own and as a prototype', () => {
    const own = JSON.parse('{"__proto__":1}')
    expect(() => define(own)).toThrow('a method can not be named __proto__')
    expect(() => define({ __proto__: { hello: call() } } as unknown as Methods)).toThrow(
      'its methods must be a plain object',
    )
  })

  test.each(['', 'a b', 'a\nb', 5])('a contract can not be named %j', (name) => {
    expect(() => contract({ name: name as string, version: '1.0', methods: {} })).toThrow(
      'its name must be a text without spaces or control characters',
    )
  })
})

test.each(['1', '1.0.0', 'v1.0', '01.0', '1.x', '-1.0', ' 1.0', 1])(
  'version %j is refused',
  (version) => {
    expect(() => contract({ name: 'greeter', version: version as '1.0', methods: {} })).toThrow(
      "contract greeter: its version must be 'major.minor' such as '1.0'",
    )
  },
)

describe('methods', () => {
  test('are made by call, stream and notify', () => {
    const handmade = { hello: { input: z.string() } } as unknown as Methods
    expect(() => define(handmade)).toThrow(
      'method hello must be made by call(), stream() or notify()',
    )
  })

  test('have Standard Schemas', () => {
    const input = { parse: () => 1 } as never
    expect(() => define({ hello: call({ input }) })).toThrow(
      'contract greeter: the input of hello is no Standard Schema (zod, valibot, arktype, type())',
    )
    expect(() => define({ hello: call({ errors: { busy: input } }) })).toThrow(
      'error busy of hello is no Standard Schema',
    )
  })

  test('can not declare the error that hides others', () => {
    expect(() => define({ hello: call({ errors: { internal: true } }) })).toThrow(
      'hello can not declare internal',
    )
  })

  test('name their params once, as names, and only with an input', () => {
    const input = type<{ a: number }>()
    expect(() => define({ hello: call({ input, params: ['a', 'a'] }) })).toThrow(
      'hello names a param twice',
    )
    expect(() => define({ hello: call({ input, params: ['__proto__' as 'a'] }) })).toThrow(
      'param of hello "__proto__" is no name',
    )
    expect(() => define({ hello: call({ params: [] }) })).toThrow('hello has params but no input')
  })
})
