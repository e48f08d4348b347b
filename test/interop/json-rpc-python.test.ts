// Python with nothing but json and socket, as a client and as a server of JSON-RPC in lines.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
import { afterEach, expect, test } from 'vitest'
import { python } from '../support/peer.js'

const py = python()
const lines = () => jsonRpc({ framing: 'lines' })

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tieline-python-'))
  ends.push(() => rm(folder, { recursive: true }))
  return join(folder, 's')
}

function run(script: string, path: string): ChildProcess {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url))
  const started = spawn(py.path, [file, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  ends.push(() => started.kill('SIGKILL'))
  return started
}

/** What it printed until it ended, and its code. */
async function outcome(child: ChildProcess): Promise<[output: string, code: number | null]> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += String(chunk)
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return [output.trim(), code]
}

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
  ends.push(() => server.abort())
  expect(await outcome(run('json_rpc_client.py', path))).toEqual(['ok', 0])
  expect(logged).toEqual(['text', 'text', 'text'])
})

test.skipIf(!py.available)('a Python server is understood, whatever it does', async () => {
  const path = await socketPath()
  const started = run('json_rpc_server.py', path)
  await once(started.stdout as NonNullable<typeof started.stdout>, 'data')
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
  ends.push(() => peer.close())

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
