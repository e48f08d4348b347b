import { afterEach, describe, expect, test } from 'vitest'
import { type Channel, memoryPair } from '../channel/index.js'
import { native } from '../dialect/index.js'
import { fail, TielineError } from '../errors.js'
import { Peer } from '../peer/index.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { errorOf, fired, type Handlers, later, serviceOf, until } from '../testing/peer-harness.js'
import { type ConnectionStatus, Connector, type ConnectorOptions } from './connector.js'

/** A server that can be down, and a connector that dials it. Waits of the backoff are its bound. */
class World {
  readonly clock = new FakeClock(1000)
  readonly connector: Connector
  readonly statuses: ConnectionStatus[] = []
  /** Of each connection, the newest last. */
  readonly servers: Peer[] = []
  readonly clients: Peer[] = []
  /** Why nothing can be dialled, if so. */
  down: Error | undefined
  dials = 0
  /** Dialling waits for this. */
  gate: Promise<unknown> = Promise.resolve()
  handlers: Handlers = { echo: (value) => value }
  limits = {}

  constructor(options: Partial<ConnectorOptions> = {}) {
    this.connector = new Connector({
      endpoint: 'local:greeter',
      open: (signal) => this.#open(signal),
      clock: this.clock,
      reconnect: { base: 100, cap: 5000, random: () => 1 },
      ...options,
    })
    this.connector.watch((status) => this.statuses.push(status))
  }

  get server(): Peer {
    return this.servers.at(-1) as Peer
  }

  get states(): string[] {
    return this.statuses.map(({ state }) => state)
  }

  async #open(signal: AbortSignal): Promise<Peer> {
    this.dials++
    await this.gate
    if (this.down) throw this.down
    const [left, right]: Channel[] = memoryPair({ endpoint: 'local:greeter' })
    const { clock, limits } = this
    const common = { protocol: native(), clock, limits, heartbeat: false } as const
    const service = serviceOf(this.handlers)
    this.servers.push(new Peer(right as Channel, { ...common, role: 'server', service }))
    const peer = new Peer(left as Channel, { ...common, role: 'client' })
    this.clients.push(peer)
    signal.addEventListener('abort', () => {
      if (peer.state === 'greeting') peer.abort()
    })
    await peer.ready
    return peer
  }

  async start(): Promise<this> {
    await this.connector.start()
    return this
  }

  /** Lets the next attempt begin and end. */
  async retry(ms = 100): Promise<void> {
    this.clock.advance(ms)
    await settled()
  }

  async end(): Promise<void> {
    this.connector.abort()
    for (const peer of [...this.servers, ...this.clients]) {
      peer.abort()
      expect(peer.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
    }
    await settled()
    expect(this.clock.timers).toBe(0)
  }
}

const refused = () =>
  new TielineError('connection-refused', 'nobody listens', { origin: 'channel' })
const worlds: World[] = []

function aWorld(options: Partial<ConnectorOptions> = {}): World {
  const world = new World(options)
  worlds.push(world)
  return world
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
})

describe('a connector', () => {
  test('connects, calls, and says where it stands', async () => {
    const world = aWorld()
    expect(world.connector.status).toEqual({ state: 'connecting' })
    await world.start()
    expect(await world.connector.call('echo', 5)).toBe(5)
    expect(world.connector.status).toEqual({ state: 'connected', peer: world.clients[0] })
    await world.connector.close()
    expect(world.states).toEqual(['connected', 'closed'])
  })

  test('a first connection that fails is the end, unless it connects in the background', async () => {
    const world = aWorld()
    world.down = refused()
    expect(await errorOf(world.connector.start())).toBe(world.down)
    expect(world.connector.status).toEqual({ state: 'closed', error: world.down })
    const error = await errorOf(world.connector.call('echo'))
    expect(error).toMatchObject({ code: 'unavailable', sent: 'no', method: 'echo' })
    expect(error['message']).toBe('echo at local:greeter: the client is closed: nobody listens')

    const second = aWorld()
    second.down = refused()
    second.connector.startInBackground()
    await settled()
    expect(second.connector.status).toMatchObject({ state: 'waiting', retryInMs: 100 })
    second.down = undefined
    await second.retry()
    expect(await second.connector.call('echo', 1)).toBe(1)
  })

  test('comes back after a loss, waiting longer each time that fails', async () => {
    const world = await aWorld().start()
    world.down = refused()
    world.server.abort()
    await settled()
    for (const wait of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      expect(world.connector.status).toMatchObject({ state: 'waiting', retryInMs: wait })
      const { dials } = world
      world.clock.advance(wait - 1)
      await settled()
      expect(world.dials).toBe(dials)
      await world.retry(1)
      expect(world.dials).toBe(dials + 1)
    }
    world.down = undefined
    await world.retry(5000)
    expect(world.connector.status.state).toBe('connected')
  })

  test('a server that dies as soon as it is reached is dialled more and more seldom', async () => {
    const world = await aWorld().start()
    const waits: number[] = []
    for (let n = 0; n < 5; n++) {
      world.server.abort()
      await settled()
      const { status } = world.connector
      if (status.state === 'waiting') waits.push(status.retryInMs)
      await world.retry(waits.at(-1))
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600])
    world.clock.advance(10_000)
    world.server.abort()
    await settled()
    expect(world.connector.status).toMatchObject({ retryInMs: 100 })
  })

  test('a watcher that throws does not harm it, and is not silent', async () => {
    const world = aWorld()
    const thrown = later<unknown>()
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', thrown.resolve)
    const stop = world.connector.watch(() => {
      throw new Error('the watcher’s fault')
    })
    await world.start()
    expect(await thrown.promise).toMatchObject({ message: 'the watcher’s fault' })
    for (const listener of listeners) process.on('uncaughtException', listener)
    stop()
    expect(await world.connector.call('echo', 1)).toBe(1)
  })
})

describe('a call while there is no connection', () => {
  test('waits for one', async () => {
    const world = await aWorld().start()
    world.server.abort()
    await settled()
    const calls = [1, 2, 3].map((n) => world.connector.call('echo', n))
    await settled()
    await world.retry()
    expect(await Promise.all(calls)).toEqual([1, 2, 3])
  })

  test('until its own deadline, saying why there is none', async () => {
    const world = await aWorld({ callMs: 500 }).start()
    world.down = refused()
    world.server.abort()
    await settled()
    const usual = errorOf(world.connector.call('echo'))
    const short = errorOf(world.connector.call('echo', 0, { timeout: 50 }))
    const nested = { signal: new AbortController().signal, remaining: () => 20 }
    const within = errorOf(world.connector.call('echo', 0, { within: nested }))
    world.clock.advance(20)
    const late = { code: 'deadline-exceeded', sent: 'no', method: 'echo' }
    expect(await within).toMatchObject(late)
    world.clock.advance(30)
    expect(await short).toMatchObject(late)
    await world.clock.pass(500, 10)
    expect(await usual).toMatchObject({
      ...late,
      message: 'echo at local:greeter: no connection: nobody listens',
    })
  })

  test('what it waited counts against its time', async () => {
    const world = aWorld()
    let remaining = 0
    world.handlers = {
      left: (_, call) => {
        remaining = call.remaining()
      },
    }
    await world.start()
    world.server.abort()
    await settled()
    const call = world.connector.call('left', 0, { timeout: 1000 })
    await settled()
    await world.retry()
    await call
    expect(remaining).toBe(900)
  })

  test('or until its cancel', async () => {
    const world = await aWorld().start()
    world.server.abort()
    await settled()
    const stop = new AbortController()
    const call = errorOf(world.connector.call('echo', 0, { signal: stop.signal }))
    stop.abort(new Error('why'))
    expect(await call).toMatchObject({ code: 'cancelled', sent: 'no', cause: { message: 'why' } })
  })

  test('or fails at once, where it was told to', async () => {
    const world = await aWorld({ whileDisconnected: 'fail' }).start()
    world.server.abort()
    await settled()
    const unavailable = { code: 'unavailable', sent: 'no', method: 'echo' }
    expect(await errorOf(world.connector.call('echo'))).toMatchObject(unavailable)
    expect(await errorOf(world.connector.stream('echo').next() as never)).toMatchObject(unavailable)
    await world.retry()
    expect(await world.connector.call('echo', 7)).toBe(7)
  })

  test('ends with the client', async () => {
    const world = await aWorld().start()
    world.server.abort()
    await settled()
    const call = errorOf(world.connector.call('echo'))
    const stream = errorOf(world.connector.stream('ticks').next() as never)
    await settled()
    await world.connector.close()
    for (const error of [await call, await stream]) {
      expect(error).toMatchObject({ code: 'unavailable', sent: 'no' })
    }
    expect((await call)['message']).toBe('echo at local:greeter: the client is closed')
  })

  test('no more of them wait than may', async () => {
    const world = await aWorld({ calls: 3 }).start()
    world.server.abort()
    await settled()
    const calls = [1, 2, 3].map((n) => world.connector.call('echo', n))
    await settled()
    const error = await errorOf(world.connector.call('echo'))
    expect(error).toMatchObject({ code: 'resource-exhausted', sent: 'no', method: 'echo' })
    await world.retry()
    expect(await Promise.all(calls)).toEqual([1, 2, 3])
  })

  test('a notification is not kept for later', async () => {
    const world = await aWorld().start()
    world.server.abort()
    await settled()
    expect(() => world.connector.notify('log')).toThrow('log at local:greeter: no connection')
  })
})

describe('a call that was made', () => {
  test('is never made again when it may have been sent', async () => {
    const world = aWorld()
    let runs = 0
    const gate = later()
    world.handlers = {
      once: () => {
        runs++
        return gate.promise
      },
    }
    await world.start()
    const calls = Array.from({ length: 100 }, () => errorOf(world.connector.call('once')))
    await until('all run', () => runs === 100)
    world.server.abort()
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'maybe', method: 'once' })
    }
    await world.retry()
    await settled(10)
    expect([world.connector.status.state, runs]).toEqual(['connected', 100])
  })

  test('goes to the next connection when no byte of it was sent, once, with what is left of its time', async () => {
    const world = aWorld()
    const runs: number[] = []
    world.handlers = { once: (_, call) => void runs.push(call.remaining()) }
    await world.start()
    const call = world.connector.call('once', 0, { timeout: 1000 })
    world.clients[0]?.abort()
    await settled()
    expect(runs).toEqual([])
    await world.retry()
    await call
    expect(runs).toEqual([900])
  })

  test('with items that were begun it is not made again', async () => {
    const world = await aWorld().start()
    const call = errorOf(world.connector.call('echo', 0, { items: [1] }))
    world.clients[0]?.abort()
    expect(await call).toMatchObject({ code: 'connection-lost', sent: 'no' })
  })

  test('an answer that says unavailable is an answer', async () => {
    const world = aWorld()
    let asked = 0
    world.handlers = {
      busy: () => {
        asked++
        throw fail('unavailable', 'come back tomorrow')
      },
      feed: async () => {
        asked++
        throw fail('unavailable', 'come back tomorrow')
      },
    }
    await world.start()
    expect(await errorOf(world.connector.call('busy'))).toMatchObject({ code: 'unavailable' })
    const again = aWorld({ resumable: () => true })
    again.handlers = world.handlers
    await again.start()
    expect(await errorOf(again.connector.stream('feed').next() as never)).toMatchObject({
      message: 'come back tomorrow',
    })
    expect(asked).toBe(2)
  })
})

describe('a server that is closing', () => {
  test('is left for its successor at once, and finishes what it has', async () => {
    const world = aWorld()
    const gate = later<string>()
    world.handlers = { ...world.handlers, wait: () => gate.promise }
    await world.start()
    const old = world.connector.call('wait')
    await until('it waits', () => world.server.load.incoming === 1)
    const first = world.server
    const closed = first.close()
    await settled()
    expect(world.connector.status.state).toBe('waiting')
    const next = world.connector.call('echo', 5)
    await settled()
    await world.retry()
    expect(await next).toBe(5)
    expect([first.state, world.servers.length]).toEqual(['draining', 2])
    gate.resolve('from the old one')
    expect(await old).toBe('from the old one')
    await closed
    expect(world.connector.status.state).toBe('connected')
  })

  test('both are closed when the client is', async () => {
    const world = aWorld()
    const gate = later<string>()
    world.handlers = { ...world.handlers, wait: () => gate.promise }
    await world.start()
    const old = world.connector.call('wait')
    await until('it waits', () => world.server.load.incoming === 1)
    const first = world.server.close()
    await settled()
    await world.retry()
    const closed = world.connector.close()
    await settled()
    gate.resolve('finished')
    expect(await old).toBe('finished')
    await Promise.all([first, closed])
    expect(world.clients.map(({ state }) => state)).toEqual(['closed', 'closed'])
    await world.connector.close()
  })
})

describe('the end of a connector', () => {
  test('without a way back, the first loss is the end', async () => {
    const world = await aWorld({ reconnect: false }).start()
    world.server.abort()
    await settled()
    expect(world.connector.status).toMatchObject({
      state: 'closed',
      error: { code: 'connection-lost' },
    })
    expect(world.dials).toBe(1)
    expect(await errorOf(world.connector.call('echo'))).toMatchObject({ code: 'unavailable' })
  })

  test.each(['close', 'abort'] as const)(
    '%s while it dials: what it gets is let go',
    async (how) => {
      const world = aWorld()
      const gate = later()
      world.gate = gate.promise
      const started = errorOf(world.connector.start())
      await world.connector[how]()
      gate.resolve()
      expect(await started).toMatchObject({ code: expect.stringMatching(/unavailable|connection/) })
      await settled()
      expect(world.connector.status.state).toBe('closed')
      expect(world.servers.every(({ state }) => state === 'closed')).toBe(true)
    },
  )

  test.each(['close', 'abort'] as const)('%s while it waits: it dials no more', async (how) => {
    const world = await aWorld().start()
    world.server.abort()
    await settled()
    await world.connector[how]()
    await world.connector[how]()
    await world.retry(60_000)
    expect(world.dials).toBe(1)
    expect(world.clock.timers).toBe(0)
  })

  test('the wait for the next attempt keeps the process alive unless told otherwise', async () => {
    const world = await aWorld().start()
    world.down = refused()
    world.server.abort()
    await settled()
    expect(world.clock.held).toBe(1)
    const idle = await aWorld({ hold: false }).start()
    idle.down = refused()
    idle.server.abort()
    await settled()
    expect(idle.clock.held).toBe(0)
    const call = errorOf(idle.connector.call('echo', 0, { timeout: 150 }))
    await settled()
    expect(idle.clock.held).toBe(2)
    await idle.retry()
    expect(idle.clock.held).toBe(2)
    await idle.retry()
    await call
    expect(idle.clock.held).toBe(0)
  })
})

describe('a stream', () => {
  /** Numbers from where it is asked to begin, until the connection goes. */
  function feed() {
    const state = { asked: 0, left: 0 }
    async function* numbers(_: unknown, { signal }: { signal: AbortSignal }) {
      const round = ++state.asked
      try {
        for (let n = 0; n < 3; n++) yield round * 10 + n
        await fired(signal)
      } finally {
        state.left++
      }
    }
    return { state, numbers }
  }

  test('that is resumable is asked for again on the next connection, and that is told', async () => {
    const resumed: string[] = []
    const world = aWorld({ resumable: () => true, resumed: (method) => resumed.push(method) })
    const { state, numbers } = feed()
    world.handlers = { numbers }
    await world.start()
    const stream = world.connector.stream('numbers')
    const items: unknown[] = []
    const reading = (async () => {
      for await (const item of stream) {
        items.push(item)
        if (items.length === 9) break
      }
    })()
    for (const count of [3, 6]) {
      await until('all came', () => items.length === count)
      expect(resumed).toHaveLength(count / 3 - 1)
      world.server.abort()
      await settled()
      await world.retry(5000)
    }
    await reading
    expect(items).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32])
    expect(resumed).toEqual(['numbers', 'numbers'])
    await until('all were left', () => state.left === 3)
  })

  test('waits for its next connection as long as it takes', async () => {
    const world = aWorld({ resumable: () => true, callMs: 100, whileDisconnected: 'fail' })
    world.handlers = { numbers: feed().numbers }
    await world.start()
    const stream = world.connector.stream('numbers', 0, { timeout: 500 })
    for (let n = 0; n < 3; n++) await stream.next()
    const next = stream.next()
    world.down = refused()
    world.server.abort()
    await world.clock.pass(3_600_000, 1000)
    world.down = undefined
    await world.clock.pass(5000, 5)
    expect((await next).value).toBe(20)
  })

  test('that is not resumable ends with its connection', async () => {
    const world = aWorld({ resumable: (method) => method === 'other' })
    const { state, numbers } = feed()
    world.handlers = { numbers }
    await world.start()
    const stream = world.connector.stream('numbers')
    for (let n = 0; n < 3; n++) await stream.next()
    const next = errorOf(stream.next() as never)
    world.server.abort()
    expect(await next).toMatchObject({ code: 'connection-lost', sent: 'maybe', method: 'numbers' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    await world.retry()
    expect(state.asked).toBe(1)
  })

  test('that was left while it waits for a connection is not asked for', async () => {
    const world = aWorld({ resumable: () => true })
    const { state, numbers } = feed()
    world.handlers = { numbers }
    await world.start()
    world.server.abort()
    await settled()
    const stream = world.connector.stream('numbers')
    const next = stream.next()
    await settled()
    await stream.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    await world.retry()
    expect([state.asked, world.connector.status.state]).toEqual([0, 'connected'])
  })

  test('several nexts at once ask for it once', async () => {
    const world = aWorld({ resumable: () => true })
    const { state, numbers } = feed()
    world.handlers = { numbers }
    await world.start()
    const stream = world.connector.stream('numbers')
    const steps = await Promise.all([1, 2, 3].map(() => stream.next()))
    expect(steps.map(({ value }) => value as unknown)).toEqual([10, 11, 12])
    const waiting = [1, 2, 3].map(() => stream.next())
    await settled()
    world.server.abort()
    await settled()
    await world.retry()
    expect((await Promise.all(waiting)).map(({ value }) => value as unknown)).toEqual([20, 21, 22])
    expect(state.asked).toBe(2)
  })

  test('ends when its client is closed', async () => {
    const world = aWorld({ resumable: () => true })
    world.handlers = { numbers: feed().numbers }
    await world.start()
    const stream = world.connector.stream('numbers')
    for (let n = 0; n < 3; n++) await stream.next()
    const next = errorOf(stream.next() as never)
    world.connector.abort()
    expect(await next).toMatchObject({ code: 'connection-lost' })
    expect(world.dials).toBe(1)
  })

  test('is cancelled by its signal, connected or not', async () => {
    const world = aWorld({ resumable: () => true })
    const { state, numbers } = feed()
    world.handlers = { numbers }
    await world.start()
    for (const connected of [true, false]) {
      const stop = new AbortController()
      const stream = world.connector.stream('numbers', 0, { signal: stop.signal })
      for (let n = 0; n < 3; n++) await stream.next()
      const next = errorOf(stream.next() as never)
      if (!connected) world.server.abort()
      await settled()
      stop.abort()
      expect(await next).toMatchObject({ code: 'cancelled', method: 'numbers' })
      expect((await stream.next()).done).toBe(true)
    }
    expect(state.asked).toBe(2)
  })
})
