// Row 14: a deadline of one millisecond on a handler that sleeps, nested calls that see what is left,
// and a wall clock that is set back or forward while calls are in flight.
import { type Channel, memoryPair } from 'tieline/channel'
import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
import { Peer, type Service } from 'tieline/peer'
import { errorOf, FakeClock, settled, until } from 'tieline/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { emptied } from './emptied.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([
  ['native', native],
  ['MessagePack-RPC', msgpackRpc],
  ['JSON-RPC', () => jsonRpc({ framing: 'lines' })],
])('%s', (name, protocol) => {
  async function connected(service: Service, back?: Service, clock?: FakeClock) {
    const [left, right] = memoryPair()
    const common = { protocol: protocol(), clock, heartbeat: false } as const
    const server = new Peer(right as Channel, { ...common, role: 'server', service })
    const client = new Peer(left as Channel, { ...common, role: 'client', service: back })
    emptied(server, client)
    await client.ready
    return { client, server }
  }
  const asleep: Service = () => new Promise(() => {})

  test('one millisecond is over within fifty', async () => {
    const clock = new FakeClock()
    const { client } = await connected(asleep, undefined, clock)
    let settledAt = 0
    const error = errorOf(client.call('sleep', 0, { timeout: 1 })).finally(() => {
      settledAt = clock.now()
    })
    await clock.pass(50, 50)
    expect(await error).toMatchObject({ code: 'deadline-exceeded', sent: 'maybe' })
    expect(settledAt).toBeLessThan(50)
  })

  test('on the system’s clock too', async () => {
    const { client } = await connected(asleep)
    const error = await errorOf(client.call('sleep', 0, { timeout: 1 }))
    expect(error).toMatchObject({ code: 'deadline-exceeded' })
  })

  test('a nested call sees what is left, and ends with the outer one', async () => {
    const clock = new FakeClock()
    const left: number[] = []
    const { client, server } = await connected(
      async (call) => {
        clock.advance(30)
        return call.peer.call('inner', 0, { within: call, timeout: '10s' })
      },
      (call) => {
        left.push(call.remaining())
        return new Promise(() => {})
      },
      clock,
    )
    const outer = errorOf(client.call('outer', 0, { timeout: 100 }))
    await until('the inner call runs', () => left.length === 1)
    // MessagePack-RPC has no place for a deadline: the caller alone keeps it.
    expect(left[0]).toBe(name === 'native' ? 70 : 30_000)
    await clock.pass(80, 8)
    expect(await outer).toMatchObject({ code: 'deadline-exceeded' })
    if (name === 'native') expect(server.load.outgoing).toBe(0)
  })

  test.each([3_600_000, -3_600_000])(
    'a wall clock that jumps by %s ms moves no deadline',
    async (by) => {
      const { client, server } = await connected(asleep)
      const call = errorOf(client.call('sleep', 0, { timeout: 200 }))
      const patient = client.call('sleep').catch(() => 'ended')
      await settled(2)
      const real = Date.now.bind(Date)
      vi.spyOn(Date, 'now').mockImplementation(() => real() + by)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect([client.load.outgoing, server.load.incoming]).toEqual([2, 2])
      expect(await call).toMatchObject({ code: 'deadline-exceeded' })
      expect(client.load.outgoing).toBe(1)
      client.abort()
      expect(await patient).toBe('ended')
    },
  )

  test('a thousand calls with deadlines of their own each end at theirs', async () => {
    const clock = new FakeClock()
    const { client } = await connected(asleep, undefined, clock)
    const late: number[] = []
    const calls = Array.from({ length: 1000 }, (_, n) => {
      const timeout = 1 + ((n * 7919) % 1000)
      return errorOf(client.call('sleep', 0, { timeout })).then(() => {
        late.push(clock.now() - timeout)
      })
    })
    await settled()
    for (let n = 0; n < 1010; n++) {
      clock.advance(1)
      await Promise.resolve()
      await Promise.resolve()
    }
    await Promise.all(calls)
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...late)).toBeLessThan(10)
  })
})
