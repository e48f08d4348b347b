// The part of the peer suite on calls: answers, errors, limits, deadlines, cancel.
import { describe, expect, test } from 'vitest'
import { fail } from '../errors.js'
import type { Call } from '../peer/call.js'
import { settled } from './fake-clock.js'
import { errorOf, fired, later, type PeerHarness, testIf, until } from './peer-harness.js'

export function callTests(harness: PeerHarness): void {
  const { can, hasErrorCodes, hasMeta } = harness

  describe('calls', () => {
    test('either side calls and the other answers', async () => {
      const { client, server } = await harness.open(
        { handlers: { double: (n) => (n as number) * 2 } },
        { handlers: { half: async (n) => (n as number) / 2 } },
      )
      expect(await client.call('double', 21)).toBe(42)
      expect(await server.call('half', 42)).toBe(21)
    })

    test('answers that come out of order reach their own calls', async () => {
      const gates = [later<string>(), later<string>(), later<string>()]
      const { client } = await harness.open({
        handlers: { wait: (n) => gates[n as number]?.promise },
      })
      const calls = gates.map((_, n) => client.call('wait', n))
      await until('three calls wait', () => client.load.outgoing === 3)
      for (const n of [2, 0, 1]) gates[n]?.resolve(`answer ${n}`)
      expect(await Promise.all(calls)).toEqual(['answer 0', 'answer 1', 'answer 2'])
    })

    test('a handler calls back over the same connection before it answers', async () => {
      const { client } = await harness.open(
        { handlers: { greet: async (_, { peer }) => `hello ${await peer.call('name')}` } },
        { handlers: { name: () => 'Ada' } },
      )
      expect(await client.call('greet')).toBe('hello Ada')
    })

    test('as many calls as may be in flight are answered', async () => {
      const { client } = await harness.open({ handlers: { echo: async (n) => n } })
      const numbers = Array.from({ length: 1024 }, (_, n) => n)
      expect(await Promise.all(numbers.map((n) => client.call('echo', n)))).toEqual(numbers)
    })

    test('one call more than the limit is refused at once, and the others are answered', async () => {
      const gate = later()
      const { client } = await harness.open(
        { handlers: { wait: () => gate.promise } },
        { limits: { calls: 3 } },
      )
      const calls = [1, 2, 3].map(() => client.call('wait'))
      const error = await errorOf(client.call('wait'))
      expect(error).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'wait' })
      expect(error['message']).toContain('more than 3 calls in flight (limit calls)')
      gate.resolve()
      await Promise.all(calls)
    })

    test('a caller past the other side’s limit is answered with resource-exhausted', async () => {
      const gate = later()
      const { client, server } = await harness.open(
        { handlers: { wait: () => gate.promise }, limits: { calls: 3 } },
        {},
      )
      const calls = [1, 2, 3].map(() => client.call('wait'))
      const error = await errorOf(client.call('wait'))
      expect(error['message']).toContain('more than 3 calls in flight (limit calls)')
      if (hasErrorCodes) expect(error['code']).toBe('resource-exhausted')
      expect(server.load.incoming).toBe(3)
      gate.resolve()
      await Promise.all(calls)
    })

    test('an unknown method is an error of that call alone', async () => {
      const { client } = await harness.open({ handlers: { hello: () => 'hi' } })
      for (const method of ['nope', 'constructor', '__proto__', 'toString', 'hasOwnProperty', '']) {
        const error = await errorOf(client.call(method))
        expect(error['message']).toBe(`unknown method: ${method}`)
      }
      expect(await client.call('hello')).toBe('hi')
    })
  })

  describe('errors of handlers', () => {
    test('an error thrown on purpose reaches the caller, and names the method', async () => {
      const { client } = await harness.open({
        handlers: {
          now: () => {
            throw fail('no-such-song', 'there is no song 7', { id: 7 })
          },
          later: async () => {
            throw fail('no-such-song', 'there is no song 7', { id: 7 })
          },
        },
      })
      for (const method of ['now', 'later']) {
        const error = await errorOf(client.call(method))
        expect(error).toMatchObject({ message: 'there is no song 7', origin: 'remote', method })
        if (hasErrorCodes) expect(error).toMatchObject({ code: 'no-such-song', data: { id: 7 } })
      }
    })

    test.each([
      ['an Error', new TypeError('secret of the server')],
      ['a text', 'secret of the server'],
      ['undefined', undefined],
    ])(
      '%s that was not meant for the caller is hidden, and told to the server',
      async (_, thrown) => {
        const { client, at } = await harness.open({
          handlers: {
            now: () => {
              throw thrown
            },
            later: () => Promise.reject(thrown),
          },
        })
        for (const method of ['now', 'later']) {
          const error = await errorOf(client.call(method))
          expect(error['message']).toBe('internal error')
          expect(JSON.stringify(error)).not.toContain('secret')
        }
        expect(at.server.seen.failed.map(({ error }) => error)).toEqual([thrown, thrown])
      },
    )

    test('an error that a handler got from a call of its own does not cross', async () => {
      const { client } = await harness.open(
        { handlers: { ask: (_, { peer }) => peer.call('refuse') } },
        {
          handlers: {
            refuse: () => {
              throw fail('private', 'for the server only')
            },
          },
        },
      )
      expect((await errorOf(client.call('ask')))['message']).toBe('internal error')
    })

    test('an error whose data cannot be sent still reaches the caller', async () => {
      const { client } = await harness.open({
        handlers: {
          odd: () => {
            throw fail('odd', 'it is odd', () => {})
          },
          long: () => {
            throw fail('long', 'x'.repeat(20_000_000))
          },
        },
      })
      expect((await errorOf(client.call('odd')))['message']).toBe('it is odd')
      expect((await errorOf(client.call('long')))['message']).toBe('x'.repeat(1000))
    })
  })

  describe('values that cannot be sent', () => {
    test('params: that call rejects, nothing of it was sent, the connection lives', async () => {
      const { client, at } = await harness.open({ handlers: { echo: (value) => value } })
      const before = at.client.gate.sent
      const error = await errorOf(client.call('echo', { f: () => {} }))
      expect(error).toMatchObject({ code: 'invalid-argument', sent: 'no', method: 'echo' })
      const large = await errorOf(client.call('echo', 'x'.repeat(17 * 1024 * 1024)))
      expect(large).toMatchObject({ code: 'too-large', sent: 'no', method: 'echo' })
      expect(large['message']).toContain('frameBytes')
      await settled()
      expect(at.client.gate.sent).toBe(before)
      expect(client.load.outgoing).toBe(0)
      expect(await client.call('echo', 1)).toBe(1)
    })

    test('an answer: its caller is told why', async () => {
      const { client } = await harness.open({
        handlers: { odd: () => () => {}, large: async () => 'x'.repeat(17 * 1024 * 1024) },
      })
      const odd = await errorOf(client.call('odd'))
      expect(odd['message']).toMatch(/^the answer of odd cannot be sent: /)
      const large = await errorOf(client.call('large'))
      expect(large['message']).toContain('frameBytes')
      if (hasErrorCodes) expect(large['code']).toBe('too-large')
    })

    test('a value that sends a message while it is written is refused', async () => {
      const { client } = await harness.open({ handlers: { echo: (value) => value } })
      let nested: Promise<Record<string, unknown>> | undefined
      const sly = {
        get value() {
          nested = errorOf(client.call('echo', 2))
          return 1
        },
      }
      expect(await client.call('echo', sly)).toEqual({ value: 1 })
      expect(await nested).toMatchObject({ code: 'invalid-argument', sent: 'no' })
      expect(await client.call('echo', 3)).toBe(3)
    })
  })

  describe('deadlines', () => {
    test('a call that is not answered in time rejects, and its late answer meets no other', async () => {
      const gates = [later<string>(), later<string>()]
      const { client, clock, at } = await harness.open({
        handlers: { wait: (n) => gates[n as number]?.promise },
      })
      const first = errorOf(client.call('wait', 0, { timeout: 50 }))
      await settled()
      clock.advance(60)
      expect(await first).toMatchObject({
        code: 'deadline-exceeded',
        method: 'wait',
        sent: 'maybe',
        origin: 'local',
      })
      expect(client.load.outgoing).toBe(0)
      const second = client.call('wait', 1)
      gates[0]?.resolve('late')
      await settled(20)
      gates[1]?.resolve('right')
      expect(await second).toBe('right')
      for (const { what } of at.client.seen.dropped) expect(what).toBe('late-answer')
    })

    testIf(hasErrorCodes)(
      'whichever side notices first that a call is late, its caller reads the same',
      async () => {
        const { client, clock } = await harness.open({
          handlers: {
            slow: (ms) => {
              clock.advance(ms as number)
              throw fail('deadline-exceeded', 'the disk is slow')
            },
          },
        })
        // Past the deadline and before the caller's own look at it.
        const late = await errorOf(client.call('slow', 51, { timeout: 50 }))
        expect(late).toMatchObject({ code: 'deadline-exceeded', origin: 'local', sent: 'maybe' })
        expect(late['message']).toMatch(/^slow.*: no answer before the deadline$/)
        const inTime = await errorOf(client.call('slow', 10, { timeout: 50 }))
        expect(inTime).toMatchObject({ origin: 'remote', message: 'the disk is slow' })
      },
    )

    test('the server too gives up: the handler’s signal fires and its place is free', async () => {
      const calls: Call[] = []
      const { client, server, clock } = await harness.open(
        {
          handlers: {
            never: (_, call) => {
              calls.push(call)
              expect(call.signal.aborted).toBe(false)
              return new Promise(() => {})
            },
          },
        },
        {},
        { limits: { callMs: 100 } },
      )
      const error = errorOf(client.call('never'))
      await until('it runs', () => calls.length === 1)
      expect(calls[0]?.remaining()).toBe(100)
      clock.advance(40)
      expect(calls[0]?.remaining()).toBe(60)
      clock.advance(70)
      expect((await error)['code']).toBe('deadline-exceeded')
      expect(calls[0]?.signal.aborted).toBe(true)
      expect(calls[0]?.signal.reason).toMatchObject({ code: 'deadline-exceeded' })
      expect(server.load.incoming).toBe(0)
    })

    test('a nested call has no more time than is left of the outer one', async () => {
      const seen: number[] = []
      const { client, clock } = await harness.open(
        {
          handlers: {
            outer: async (_, call) => {
              clock.advance(400)
              return call.peer.call('inner', undefined, { within: call })
            },
          },
        },
        { handlers: { inner: (_, call) => void seen.push(call.remaining()) } },
      )
      await client.call('outer', undefined, { timeout: 1000 })
      expect(seen).toEqual([hasMeta ? 600 : 30_000])
      const late = client.call('outer', undefined, { timeout: 300 })
      expect((await errorOf(late))['code']).toBe('deadline-exceeded')
    })

    test('no time left: the call is refused before it is sent', async () => {
      const { client } = await harness.open({ handlers: { hello: () => 'hi' } })
      const error = await errorOf(client.call('hello', undefined, { timeout: 0 }))
      expect(error).toMatchObject({ code: 'deadline-exceeded', sent: 'no', method: 'hello' })
      const odd = await errorOf(client.call('hello', undefined, { timeout: '2 weeks' as '2s' }))
      expect(odd).toMatchObject({ code: 'invalid-argument', sent: 'no', method: 'hello' })
    })

    test('one timer serves all calls, and none is left behind when they are answered', async () => {
      const { client, clock } = await harness.open({ handlers: { echo: (n) => n } })
      const before = clock.timers
      await Promise.all(Array.from({ length: 100 }, (_, n) => client.call('echo', n)))
      expect(clock.timers - before).toBeLessThanOrEqual(2)
    })
  })

  describe('cancel', () => {
    test('before it is sent: nothing is sent', async () => {
      const { client, at } = await harness.open({ handlers: { hello: () => 'hi' } })
      const before = at.client.gate.sent
      const error = await errorOf(
        client.call('hello', undefined, { signal: AbortSignal.abort(new Error('why')) }),
      )
      expect(error).toMatchObject({ code: 'cancelled', sent: 'no', method: 'hello' })
      expect(error['cause']).toMatchObject({ message: 'why' })
      expect(at.client.gate.sent).toBe(before)
    })

    test('while it runs: it rejects at once; the handler learns of it where the dialect has a word', async () => {
      const aborted: unknown[] = []
      const { client, server, at } = await harness.open({
        handlers: {
          wait: async (_, { signal }) => {
            await fired(signal)
            aborted.push(signal.reason)
            return 'too late'
          },
          hello: () => 'hi',
        },
      })
      const stop = new AbortController()
      const error = errorOf(client.call('wait', undefined, { signal: stop.signal }))
      await until('it runs', () => server.load.incoming === 1)
      stop.abort()
      stop.abort()
      expect(await error).toMatchObject({ code: 'cancelled', sent: 'maybe', method: 'wait' })
      expect(await client.call('hello')).toBe('hi')
      if (!can.cancel) return
      await until('the handler knows', () => aborted.length === 1)
      expect(aborted[0]).toMatchObject({ code: 'cancelled' })
      await until('its place is free', () => server.load.incoming === 0)
      const before = at.server.gate.sent
      await settled(10)
      expect(at.server.gate.sent).toBe(before)
      expect(at.client.seen.dropped).toEqual([])
    })

    test('after the answer: nothing happens', async () => {
      const { client, at } = await harness.open({ handlers: { hello: () => 'hi' } })
      const stop = new AbortController()
      expect(await client.call('hello', undefined, { signal: stop.signal })).toBe('hi')
      const before = at.client.gate.sent
      stop.abort()
      await settled()
      expect(at.client.gate.sent).toBe(before)
    })

    test('the outer call’s cancel ends the call made within it', async () => {
      const inner = later<unknown>()
      const { client, server } = await harness.open(
        {
          handlers: {
            outer: (_, call) => {
              const nested = call.peer.call('inner', undefined, { within: call })
              nested.catch(inner.resolve)
              return nested
            },
          },
        },
        { handlers: { inner: () => new Promise(() => {}) } },
      )
      const stop = new AbortController()
      const outer = errorOf(client.call('outer', undefined, { signal: stop.signal }))
      await until('both run', () => server.load.outgoing === 1)
      stop.abort()
      expect(await outer).toMatchObject({ code: 'cancelled' })
      if (can.cancel) expect(await inner.promise).toMatchObject({ code: 'cancelled' })
    })

    testIf(can.cancel)(
      'who cancels and calls again gets no more handlers than its limit',
      async () => {
        let running = 0
        let most = 0
        const gate = later()
        const { client, server } = await harness.open({
          limits: { calls: 8 },
          handlers: {
            stubborn: async () => {
              running++
              most = Math.max(most, running)
              await gate.promise
              running--
            },
          },
        })
        const errors: Promise<unknown>[] = []
        for (let n = 0; n < 100; n++) {
          const stop = new AbortController()
          errors.push(errorOf(client.call('stubborn', undefined, { signal: stop.signal })))
          stop.abort()
        }
        await Promise.all(errors)
        await until('all came', () => server.load.incoming === 8)
        await settled(10)
        expect(most).toBe(8)
        gate.resolve()
        await until('all left', () => server.load.incoming === 0)
      },
    )
  })
}
