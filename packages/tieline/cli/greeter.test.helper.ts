// Servers of one contract over each protocol, for the command to talk to; and what it prints of them.
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { z } from 'zod'
import {
  call,
  contract,
  fail,
  jsonRpc,
  msgpackRpc,
  native,
  notify,
  type Peer,
  type Protocol,
  type Server,
  serve,
  stream,
  type,
} from '../src/index.js'
import { folder } from './run.test.helper.js'

export const Greeter = contract({
  name: 'greeter',
  version: '1.2',
  methods: {
    hello: call({
      input: z.object({ name: z.string() }),
      output: z.string(),
      params: ['name'],
      errors: { 'not-found': z.object({ name: z.string() }) },
      summary: 'Greets by name.',
    }),
    echo: call({ input: type<unknown>(), output: type<unknown>() }),
    stuck: call({ input: z.string(), summary: 'Never answers.' }),
    tap: call(),
    broken: call(),
    cut: call({ summary: 'Drops the connection.' }),
    count: stream({ input: z.number(), output: z.number(), summary: 'Counts to a number.' }),
    forever: stream({ input: z.string(), output: z.string() }),
    log: notify({ input: z.string() }),
  },
})

// What happened on the server's side, by the word that the caller sent, awaited with `event`.
const events = new Map<string, () => void>()
export const seen = new Set<string>()

export function happened(what: string): void {
  seen.add(what)
  events.get(what)?.()
}

export function event(what: string): Promise<void> {
  if (seen.has(what)) return Promise.resolve()
  return new Promise((resolve) => events.set(what, resolve))
}

let taps = 0

export const handlers = (peer: Peer) => ({
  hello({ name }: { name: string }) {
    if (name === 'nobody') throw fail('not-found', 'nobody is not here', { name })
    return `Hello ${name}`
  },
  echo: (value: unknown) => value,
  async stuck(word: string, { signal }: { signal: AbortSignal }) {
    const aborted = once(signal, 'abort')
    happened(`${word} runs`)
    await aborted
    happened(`${word} was cancelled`)
  },
  tap: () => happened(`tapped ${++taps}`),
  broken() {
    throw new TypeError('a secret of the server')
  },
  cut: () => peer.abort(new Error('gone')),
  async *count(most: number) {
    for (let number = 1; number <= most; number++) yield number
    if (most === 13) throw fail('unlucky', 'thirteen')
  },
  async *forever(word: string) {
    try {
      for (;;) {
        yield word
        await sleep(1)
      }
    } finally {
      happened(`${word} was left`)
    }
  },
  log: (line: string) => happened(`log ${line}`),
})

const servers: Server[] = []
afterAll(() => Promise.all(servers.map((server) => server.close({ within: 0 }))))

async function serveWith(protocol: Protocol, name = protocol.name): Promise<string> {
  const at = `unix:${join(folder, `${name}.sock`)}`
  const connected = (peer: Peer) => {
    // To those who listen; `call` has no ear for it.
    for (const word of ['one', 'two', 'three']) peer.notify('changed', [word])
  }
  servers.push(await serve(Greeter, handlers, { at, protocol, connected }))
  return at
}

const headers = 'json-rpc-content-length'
/** The server of each protocol, by the name that `--protocol` has for it. */
export const endpoints = {
  native: await serveWith(native()),
  'msgpack-rpc': await serveWith(msgpackRpc()),
  'json-rpc': await serveWith(jsonRpc({ framing: 'lines' })),
  [headers]: await serveWith(jsonRpc({ framing: 'content-length' }), headers),
} as const

/** Of the native one. */
export const at = endpoints.native

export const line = (text: string) => `${text}\n`
export const failed = (code: number, text: string) => ({
  code,
  out: '',
  err: line(`tieline: ${text}`),
})
export const answered = (text: string) => ({ code: 0, out: line(text), err: '' })
