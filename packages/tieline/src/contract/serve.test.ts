import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anyOf, jsonRpc, native } from '../dialect/index.js'
import { fail } from '../errors.js'
import type { Logger } from '../service/index.js'
import { type } from '../service/schema.js'
import { connect } from './connect.js'
import { call, contract } from './contract.js'
import { implement } from './implement.js'
import { serve } from './serve.js'

const Shop = contract({
  name: 'shop',
  version: '1.0',
  methods: {
    price: call({ input: type<string>(), output: type<number>() }),
    steal: call({ input: type<string>() }),
    burn: call({}),
  },
})

interface Line {
  readonly level: keyof Logger
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

function recording(lines: Line[]): Logger {
  const write = (level: keyof Logger) => (fields: Line['fields'], message: string) => {
    lines.push({ level, fields, message })
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tieline-serve-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a server with a logger', () => {
  test('writes a line for each call: how it went, and never what was in it', async () => {
    const lines: Line[] = []
    const handlers = {
      price: () => 3,
      steal: () => {
        throw fail('caught', 'you wanted the secret thing')
      },
      burn: () => {
        throw new TypeError('matches are wet')
      },
    }
    const at = `unix:${directory}/shop.sock`
    await using server = await serve(Shop, handlers, { at, logger: recording(lines) })
    await using shop = await connect(Shop, { at: server.endpoint })
    await shop.price('the secret thing')
    await expect(shop.steal('the secret thing')).rejects.toMatchObject({ code: 'caught' })
    await expect(shop.burn()).rejects.toMatchObject({ code: 'internal', message: 'internal error' })
    expect(lines.map(({ level, fields }) => [level, fields.method, fields.code])).toEqual([
      ['debug', 'price', undefined],
      ['warn', 'steal', 'caught'],
      ['error', 'burn', 'internal'],
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
    expect(JSON.stringify(lines[2])).toContain('matches are wet')
  })

  test('says in one line what the listener has trouble with', async () => {
    const lines: Line[] = []
    const handlers = { price: () => 3, steal: () => {}, burn: () => {} }
    const at = `unix:${directory}/shop.sock`
    await using server = await serve(Shop, handlers, {
      at,
      limits: { connections: 1 },
      logger: recording(lines),
    })
    await using shop = await connect(Shop, { at: server.endpoint })
    await expect(connect(Shop, { at: server.endpoint, reconnect: false })).rejects.toMatchObject({
      code: 'connection-lost',
    })
    expect(await shop.price('bread')).toBe(3)
    expect(lines[0]).toMatchObject({ level: 'warn', fields: { code: 'resource-exhausted' } })
    expect(lines[0]?.message).toContain('connections')
  })
})

test('a function for each connection may answer one with the implementation of another contract', async () => {
  const Counter = contract({
    name: 'counter',
    version: '1.0',
    methods: {
      ...Shop.methods,
      change: call({
        input: type<{ paid: number; price: number }>(),
        output: type<number>(),
        params: ['paid', 'price'],
      }),
    },
  })
  const handlers = { price: () => 3, steal: () => {}, burn: () => {} }
  const counter = implement(Counter, { ...handlers, change: ({ paid, price }) => paid - price })
  const seen: string[] = []
  await using server = await serve(
    Shop,
    ({ protocol }) => (protocol.name === 'json-rpc' ? counter : handlers),
    {
      at: `unix:${directory}/shop.sock`,
      protocol: anyOf(jsonRpc({ framing: 'lines' }), native()),
      layers: [
        (next) => (call) => {
          seen.push(call.method)
          return next(call)
        },
      ],
    },
  )
  const at = server.endpoint
  await using shop = await connect(Shop, { at })
  await using other = await connect(Counter, {
    at,
    protocol: jsonRpc({ framing: 'lines', params: 'array' }),
  })
  expect([await shop.price('bread'), await other.price('bread')]).toEqual([3, 3])
  expect(await other.change({ paid: 5, price: 3 })).toBe(2)
  expect(seen).toEqual(['price', 'price', 'change'])
})

test('connecting with a signal that has fired rejects with cancelled, in the background too', async () => {
  const at = `unix:${directory}/shop.sock`
  const signal = AbortSignal.abort()
  for (const background of [false, true]) {
    await expect(connect(Shop, { at, signal, background })).rejects.toMatchObject({
      code: 'cancelled',
      endpoint: at,
    })
  }
})

test('what a caller without types left out is told by its name', async () => {
  const at = `unix:${directory}/shop.sock`
  const untyped = (value: unknown) => value as never
  const noContract = {
    code: 'invalid-argument',
    message: /must be a contract, made by contract\(\)/,
  }
  const noPlace = { code: 'invalid-argument', message: /must say where: \{ at: 'local:shop' \}/ }
  for (const [made, { code, message }] of [
    [() => connect(untyped({ at }), untyped(undefined)), noContract],
    [() => connect(untyped(undefined), { at }), noContract],
    [() => connect(Shop, untyped(undefined)), noPlace],
    [() => connect(Shop, untyped(at)), noPlace],
    [() => serve(Shop, untyped({}), untyped(undefined)), noPlace],
    [() => serve(Shop, untyped({}), untyped({})), noPlace],
  ] as const) {
    await expect(made()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  }
  expect(() => contract(untyped({ name: 'shop', version: '1.0' }))).toThrow(
    'its methods must be a plain object',
  )
})
