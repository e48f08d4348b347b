import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** The module as it is where time is turned by hand. */
async function loaded() {
  vi.useFakeTimers({ toFake: ['setImmediate', 'performance'] })
  vi.resetModules()
  return import('./clock.js')
}

describe('busyPolling', () => {
  it('keeps the event loop from waiting for so long after something was sent, and no longer', async () => {
    const { busyPolling } = await loaded()
    const clock = busyPolling(3)
    expect(vi.getTimerCount()).toBe(0)
    let runs = 0
    clock.soon(() => runs++)
    expect(vi.getTimerCount()).toBe(1)
    await new Promise((resolve) => process.nextTick(resolve))
    expect(runs).toBe(1)
    vi.advanceTimersByTime(2)
    expect(vi.getTimerCount()).toBe(1)
    // It begins anew with what is sent meanwhile.
    clock.soon(() => {})
    vi.advanceTimersByTime(2)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([0, -1, 10.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', async (ms) => {
    const { busyPolling } = await import('./clock.js')
    expect(() => busyPolling(ms)).toThrow(
      `busyPolling takes more than 0 and at most 10 milliseconds, not ${ms}`,
    )
  })

  it('is the ordinary clock in a page', async () => {
    vi.stubGlobal('setImmediate', undefined)
    vi.resetModules()
    const { busyPolling, systemClock } = await import('./clock.js')
    expect(busyPolling()).toBe(systemClock)
  })

  it('serves and calls over a socket, as any clock does', async () => {
    vi.resetModules()
    const { busyPolling, call, connect, contract, serve, type } = await import('./index.js')
    const Adder = contract({
      name: 'adder',
      version: '1.0',
      methods: { add: call({ input: type<number[]>(), output: type<number>() }) },
    })
    const at = `local:busy-${process.pid}`
    const sum = (all: number[]) => all.reduce((a, b) => a + b, 0)
    const server = await serve(Adder, { add: sum }, { at, clock: busyPolling() })
    const adder = await connect(Adder, { at, clock: busyPolling() })
    for (let n = 0; n < 100; n++) expect(await adder.add([n, 1])).toBe(n + 1)
    await adder.$connection.close()
    await server.close()
  })
})
