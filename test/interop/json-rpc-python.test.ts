// Python with nothing but json and socket, as a client and as a server of JSON-RPC in lines.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  anyOf,
  call,
  contract,
  fail,
  jsonRpc,
  msgpackRpc,
  native,
  notify,
  serve,
  type,
} from 'tieline'
import { type DropEvent, Peer } from 'tieline/peer'
import { later } from 'tieline/testing'
import { transportFor } from 'tieline/transport'
import { expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'
import { python } from '../support/peer.js'

const py = python()
const lines = () => jsonRpc({ framing: 'lines' })

async function socketPath(): Promise<string> {
  const folder = ownFolder()
  return join(folder, 's')
}

const program = (name: string, path: string) =>
  new Command(py.path, [fileURLToPath(new URL(name, import.meta.url)), path])

const Service = contract({
  name: 'python',
  version: '1.0',
  methods: {
    add: call({
      input: type<{ a: number; b: number }>(),
      output: type<number>(),
      params: ['a', 'b'],
    }),
    fails: call({ input: type<string>() }),
    wait: call(),
    ask: call({ output: type<string>() }),
    log: notify({ input: type<string>() }),
  },
})

test.skipIf(!py.available)('a Python client has all of it, beside other protocols', async () => {
  const path = await socketPath()
  const logged: string[] = []
  const server = await serve(
    Service,
    {
      add: ({ a, b }) => a + b,
      fails: (how) => {
        throw how === 'declared' ? fail('-32001', 'no luck') : new Error('secret')
      },
      wait: () => new Promise(() => {}),
      ask: async (_, { peer }) => `${String(await peer.call('name', { polite: true }))}!`,
      log: (text) => void logged.push(text),
    },
    { at: `unix:${path}`, protocol: anyOf(msgpackRpc(), lines(), native()) },
  )
  atEnd(() => server.abort())
  const client = program('json_rpc_client.py', path)
  expect(await client.ended()).toEqual({ code: 0, out: 'ok\n', err: '' })
  expect(logged).toEqual(['text', 'text', 'text'])
})

test.skipIf(!py.available)('a Python server is understood, whatever it does', async () => {
  const path = await socketPath()
  await program('json_rpc_server.py', path).said('listening')
  const cancelled = later<unknown>()
  const drops: DropEvent[] = []
  const transport = await transportFor(`unix:${path}`)
  const peer = new Peer(await transport.connect(), {
    protocol: lines(),
    role: 'client',
    service: ({ method, params }) => {
      if (method === 'cancelled') cancelled.resolve(params)
      return `Ada, ${String(params)}`
    },
    observe: { dropped: (event) => drops.push(event) },
  })
  atEnd(() => peer.close())

  const held = [1, 2, 3].map((each) => peer.call('hold', { each }))
  expect(await Promise.all(held)).toEqual([{ each: 1 }, { each: 2 }, { each: 3 }])
  expect(drops).toHaveLength(2)
  expect(await peer.call('pieces', ['ünï→𝄞', { a: [null] }])).toEqual(['ünï→𝄞', { a: [null] }])
  await expect(peer.call('fails')).rejects.toMatchObject({
    code: '-32050',
    message: 'no luck',
    data: { why: 'python' },
  })
  expect(await peer.call('ask')).toEqual({
    jsonrpc: '2.0',
    result: 'Ada, polite',
    id: 'from python',
  })
  expect(await peer.call('nonsense')).toMatchObject({ id: null, error: { code: -32700 } })

  const controller = new AbortController()
  const waiting = peer.call('wait', undefined, { signal: controller.signal })
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  expect(await cancelled.promise).toEqual({ matches: true })
})
