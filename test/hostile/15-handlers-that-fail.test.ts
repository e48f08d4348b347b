// Row 15: a handler that throws, rejects with something that is no Error, answers late, or never: a
// typed error without a stack, and its place is free at the deadline.
import { type Channel, memoryPair } from 'tieline/channel'
import { msgpackRpc, native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { errorOf, FakeClock, later, RawSide, settled } from 'tieline/testing'
import { describe, expect, test } from 'vitest'
import { emptied, HELLO } from './emptied.js'

class Odd extends Error {
  readonly secret = 'secret-of-the-server'
}

const THROWN: readonly [string, unknown][] = [
  ['an Error', new Error('secret-of-the-server')],
  ['an Error with fields', new Odd('secret-of-the-server')],
  ['a text', 'secret-of-the-server'],
  ['a number', 42],
  ['null', null],
  ['undefined', undefined],
  ['a symbol', Symbol('secret-of-the-server')],
  [
    'an object without a prototype',
    Object.assign(Object.create(null), { message: 'secret-of-the-server' }),
  ],
  [
    'an object that looks like an error of ours',
    { code: 'fine', message: 'secret-of-the-server', crosses: true },
  ],
  ['a frozen array', Object.freeze(['secret-of-the-server'])],
]

describe.each([
  ['native', native, [HELLO], (id: number) => [1, id, 'm']],
  ['MessagePack-RPC', msgpackRpc, [], (id: number) => [0, id, 'm', []]],
] as const)('%s', (name, protocol, before, request) => {
  function serving(service: Service, clock?: FakeClock) {
    const [left, right] = memoryPair()
    const common = { protocol: protocol(), clock, heartbeat: false } as const
    const peer = new Peer(right as Channel, { ...common, role: 'server', service })
    emptied(peer)
    return { peer, left: left as Channel }
  }
  async function called(service: Service, clock?: FakeClock) {
    const { peer: server, left } = serving(service, clock)
    const client = new Peer(left, { protocol: protocol(), clock, role: 'client', heartbeat: false })
    emptied(client)
    await client.ready
    return { client, server }
  }

  test.each(THROWN)(
    '%s, thrown or rejected with: internal, and not a word of it on the wire',
    async (_, thrown) => {
      for (const service of [
        () => {
          throw thrown
        },
        () => Promise.reject(thrown),
      ]) {
        const { left } = serving(service)
        const raw = new RawSide(left, protocol())
        raw.send(...before, request(7))
        const answers = (await raw.heard()).slice(before.length)
        expect(answers).toEqual([
          name === 'native' ? [5, 7, 'internal', 'internal error'] : [1, 7, 'internal error', null],
        ])
      }
    },
  )

  test('an answer that comes after the deadline is not written', async () => {
    const clock = new FakeClock()
    const answer = later<string>()
    const { left } = serving(() => answer.promise, clock)
    const raw = new RawSide(left, protocol())
    raw.send(...before, request(7))
    await raw.heard()
    clock.advance(30_010)
    const [error] = await raw.heard()
    expect(JSON.stringify(error)).toContain('m did not finish before its deadline')
    answer.resolve('late')
    expect(await raw.heard()).toEqual([])
  })

  test('handlers that never settle leave their places at the deadline', async () => {
    const clock = new FakeClock()
    const { client, server } = await called(() => new Promise(() => {}), clock)
    for (let round = 0; round < 5; round++) {
      const errors = Array.from({ length: 1024 }, () => errorOf(client.call('never')))
      await settled(20)
      expect(server.load.incoming).toBe(1024)
      clock.advance(30_010)
      for (const error of await Promise.all(errors)) {
        expect(error).toMatchObject({ code: 'deadline-exceeded', method: 'never' })
      }
      await settled(20)
      expect([client.load.outgoing, server.load.incoming]).toEqual([0, 0])
    }
  })

  test('a thenable that settles twice, or throws when it is asked, is answered once', async () => {
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: it is what a handler may return
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve('first')
        resolve('second')
        reject(new Error('third'))
      },
    }
    const { client } = await called(() => twice)
    expect(await client.call('m')).toBe('first')
    expect(await client.call('m')).toBe('first')
  })

  test('no unhandled rejection comes of a handler that fails when nobody listens any more', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listener)
    const gates = Array.from({ length: 50 }, () => later<never>())
    let next = 0
    const { client, server } = await called(() => gates[next++]?.promise)
    const calls = gates.map(() => errorOf(client.call('m')))
    await settled()
    server.abort()
    await Promise.all(calls)
    for (const gate of gates) gate.reject(new Error('nobody listens'))
    await settled()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })
})
