import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Call, Service } from '../peer/call.js'
import { type } from '../service/schema.js'
import { settle, standIn } from '../service/stand-in.test.helper.js'
import { client } from './client.js'
import { call, contract, notify, stream } from './contract.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({
      input: type<{ name: string; loud?: boolean }>(),
      output: z.object({ text: z.string(), at: z.coerce.date() }),
      params: ['name', 'loud'],
    }),
    ping: call(),
    ticks: stream({ input: type<number>(), output: v.number() }),
    log: notify({ input: type<string>() }),
  },
})

function over(service: Service) {
  const seen: Call[] = []
  return { caller: standIn(service, seen), seen }
}

const answer = { text: 'Hello Ada', at: '2026-01-02' }

describe('a client', () => {
  test('has exactly the methods of its contract', async () => {
    const { caller } = over(() => answer)
    const greeter = client(Greeter, caller)
    expect(Object.keys(greeter)).toEqual(['hello', 'ping', 'ticks', 'log'])
    expect(await greeter).toBe(greeter)
  })

  test('passes params and options on, and the answer back as it came', async () => {
    const { caller, seen } = over((call) => (call.kind === 'stream' ? [1, 2] : answer))
    const greeter = client(Greeter, caller)
    expect(await greeter.hello({ name: 'Ada' }, { meta: { trace: 'x' } })).toEqual(answer)
    greeter.log('one', { meta: { trace: 'y' } })
    await greeter.ping(undefined, { timeout: '2s' })
    const ticks = greeter.ticks(2)
    expect(await ticks.next()).toEqual({ done: false, value: 1 })
    expect(seen).toMatchObject([
      { kind: 'call', method: 'hello', params: { name: 'Ada' }, meta: { trace: 'x' } },
      { kind: 'notify', method: 'log', params: 'one', meta: { trace: 'y' } },
      { kind: 'call', method: 'ping', params: undefined },
      { kind: 'stream', method: 'ticks', params: 2 },
    ])
  })

  test('leaves a stream when its reader does', async () => {
    let left = false
    const { caller } = over(async function* () {
      try {
        yield 1
        yield 2
      } finally {
        left = true
      }
    })
    for await (const _ of client(Greeter, caller, { validate: { output: true } }).ticks(2)) break
    expect(left).toBe(true)
  })
})

describe('answers are checked when asked for', () => {
  const checkedOver = (service: Service) =>
    client(Greeter, over(service).caller, { validate: { output: true } })

  test('and come as the schema makes them', async () => {
    const { at } = await checkedOver(() => answer).hello({ name: 'Ada' })
    expect(at).toEqual(new Date('2026-01-02'))
  })

  test('and refused in one line that names the method', async () => {
    await expect(checkedOver(() => ({ text: 5, at: 0 })).hello({ name: '' })).rejects.toMatchObject(
      {
        code: 'malformed',
        origin: 'protocol',
        method: 'hello',
        message: 'invalid answer of hello: text: Invalid input: expected string, received number',
      },
    )
  })

  test('item by item in a stream', async () => {
    const ticks = checkedOver(() => [1, 'two']).ticks(2)
    expect(await ticks.next()).toEqual({ done: false, value: 1 })
    await expect(ticks.next()).rejects.toMatchObject({ code: 'malformed', method: 'ticks' })
  })
})

describe('over a protocol that wants params in a form', () => {
  const positionalOver = (service: Service) => {
    const { caller, seen } = over(service)
    return { greeter: client(Greeter, caller, { params: 'positional' }), seen }
  }

  test('params travel as the array that the contract declares', async () => {
    const { greeter, seen } = positionalOver((call) => (call.kind === 'stream' ? [] : answer))
    await greeter.hello({ name: 'Ada' })
    await greeter.ping()
    await greeter.ticks(5).next()
    greeter.log('one')
    await settle()
    expect(seen.map((call) => call.params)).toEqual([['Ada', null], [], [5], ['one']])
  })

  test('params travel by name where the protocol has names', async () => {
    const { caller, seen } = over((call) => (call.kind === 'stream' ? [] : answer))
    const greeter = client(Greeter, caller, { params: 'named' })
    await greeter.hello({ name: 'Ada' })
    await greeter.ping()
    await greeter.ticks(5).next()
    greeter.log('one')
    await settle()
    expect(seen.map((call) => call.params)).toEqual([{ name: 'Ada' }, undefined, [5], ['one']])
  })

  test('a call with params that have no such form rejects, it does not throw', async () => {
    const { greeter, seen } = positionalOver(() => answer)
    const wrong = { name: 'Ada', nick: 'A' }
    await expect(greeter.hello(wrong)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'no param is named nick: name, loud',
    })
    expect(seen).toEqual([])
  })
})
