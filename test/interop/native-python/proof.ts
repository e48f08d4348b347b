// The service that the Python client is tried against, what it expects of Python in return, and what
// its handlers saw.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Context,
  call,
  client,
  contract,
  fail,
  type Handlers,
  isTielineError,
  notify,
  type Server,
  stream,
  type,
} from 'tieline'
import { z } from 'zod'

/** What Python serves. */
export const Python = contract({
  name: 'python',
  version: '1.0',
  methods: {
    greet: call({ input: type<{ name: string }>(), output: type<string>() }),
    refuse: call({ errors: { busy: type<{ until: number }>() } }),
    bug: call(),
    missing: call(),
    numbers: stream({ input: type<number>(), output: type<Uint8Array>() }),
    sum: call({ output: type<number>(), items: type<number>() }),
    ask: call({ output: type<string>() }),
    told: notify({ input: type<string>() }),
  },
})

export const Proof = contract({
  name: 'proof',
  version: '1.2',
  methods: {
    echo: call({ input: type<unknown>(), output: type<unknown>() }),
    add: call({ input: z.object({ a: z.number(), b: z.number() }), output: z.number() }),
    nothing: call(),
    meta: call({ output: type<unknown>() }),
    left: call({ output: type<number>() }),
    after: call({ input: type<number>(), output: type<number>() }),
    song: call({ input: type<number>(), errors: { 'no-such-song': type<{ id: number }>() } }),
    bug: call(),
    wait: call(),
    log: notify({ input: type<unknown>() }),
    logged: call({ output: type<unknown>() }),
    numbers: stream({ input: type<{ count: number; size: number }>(), output: type<unknown>() }),
    broken: stream({ output: type<number>() }),
    endless: stream({ output: type<number>() }),
    sum: call({ output: type<number>(), items: type<number>() }),
    weigh: call({ output: type<number>(), items: type<Uint8Array>() }),
    doubled: stream({ output: type<number>(), items: type<number>() }),
    first: call({ output: type<number>(), items: type<number>() }),
    cancelled: call({ output: type<string[]>() }),
    pingMe: call({ output: type<boolean>() }),
    callBack: call({ output: type<unknown>() }),
    drain: call({ output: type<string>() }),
    askLater: call({ output: type<unknown>() }),
  },
})

const text = new TextEncoder()

/** Handlers for one server. */
export function handlers(server: () => Server): Handlers<typeof Proof> {
  const logged: unknown[] = []
  const cancelled: string[] = []
  let goOn = (): void => {}
  return {
    echo: (value) => value,
    add: ({ a, b }) => a + b,
    nothing: () => {},
    meta: (_, { meta }) => meta,
    left: (_, context) => context.remaining(),
    after: (ms) => sleep(ms, ms),
    song: (id) => {
      throw fail('no-such-song', `there is no song ${id}`, { id })
    },
    bug: () => {
      throw new Error('a secret')
    },
    wait: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          cancelled.push('wait')
          reject(signal.reason)
        })
      }),
    log: (line, { meta }) => {
      logged.push(meta.trace ? [line, meta] : line)
      goOn()
    },
    logged: () => logged,
    *numbers({ count, size }) {
      for (let n = 0; n < count; n++) yield size === 0 ? n : text.encode('n'.repeat(size))
    },
    *broken() {
      yield 1
      yield 2
      throw fail('broken', 'it broke', { after: 2 })
    },
    *endless() {
      try {
        for (let n = 0; ; n++) yield n
      } finally {
        cancelled.push('endless')
      }
    },
    sum: async (_, { items }) => {
      let sum = 0
      for await (const item of items) sum += item
      return sum
    },
    weigh: async (_, { items }) => {
      let bytes = 0
      for await (const item of items) bytes += item.length
      return bytes
    },
    async *doubled(_, { items }) {
      for await (const item of items) yield item * 2
    },
    first: async (_, { items }) => {
      for await (const item of items) return item
      return -1
    },
    cancelled: () => cancelled.sort(),
    pingMe: async () => {
      const [peer] = server().peers
      return peer !== undefined && (await peer.ping()) >= 0
    },
    callBack: (_, context) => callBack(context),
    drain: async () => {
      void server().close()
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      return 'finished'
    },
    askLater: async (_, context) => {
      await new Promise((resolve) => context.draining.addEventListener('abort', resolve))
      return outcome(client(Python, context.peer).ask())
    },
  }
}

/** Everything that the server can ask of a client, back over the connection of the call. */
async function callBack(context: Context): Promise<unknown> {
  const python = client(Python, context.peer)
  python.told('once')
  let bytes = 0
  for await (const item of python.numbers(2000)) bytes += item.length
  const some: number[] = []
  for await (const item of python.numbers(2000)) {
    some.push(item.length)
    if (some.length === 3) break
  }
  python.told('twice')
  return {
    greet: await python.greet({ name: 'Ada' }, { meta: { trace: 'abc' } }),
    refuse: await outcome(python.refuse()),
    bug: await outcome(python.bug()),
    missing: await outcome(python.missing()),
    bytes,
    some,
    sum: await python.sum(undefined, { items: Array.from({ length: 20_000 }, (_, n) => n) }),
    ask: await python.ask(),
  }
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise
  } catch (error) {
    if (!isTielineError(error)) throw error
    const { code, message, data } = error
    return data === undefined ? { code, message } : { code, message, data }
  }
}
