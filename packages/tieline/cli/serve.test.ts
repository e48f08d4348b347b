import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { call, connect, contract, msgpackRpc, type } from '../src/index.js'
import { child } from '../src/transport/index.js'
import { BIN, folder, start, tieline } from './run.test.helper.js'

const any = type<unknown>()
const Waiter = contract({
  name: 'waiter',
  version: '1.0',
  methods: {
    hello: call({ input: type<string>(), output: type<string>() }),
    untilDraining: call({ output: any }),
    never: call({ output: any }),
    broken: call(),
  },
})

const library = new URL('../dist/src/index.js', import.meta.url).href
const waiter = await moduleOf(
  'waiter.mjs',
  `import { call, contract, type } from '${library}'
const any = type()
const Waiter = contract({ name: 'waiter', version: '1.0', methods: {
  hello: call({ input: any, output: any }),
  untilDraining: call({ output: any }),
  never: call({ output: any }),
  broken: call(),
}})
export { Waiter as contract }
export const handlers = {
  hello: (name) => 'Hello ' + name,
  untilDraining: (_, { draining }) =>
    new Promise((done) => draining.addEventListener('abort', () => done('finished'))),
  never: () => new Promise(() => {}),
  broken() { throw new TypeError('no such thing') },
}`,
)

async function moduleOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'serves a module until %s, and finishes what is in flight',
  async (signal) => {
    const path = join(folder, `${signal}.sock`)
    const server = start('serve', waiter, '--at', path)
    await server.said(`waiter 1.0 at unix:${path}\n`)
    const client = await connect(Waiter, { at: `unix:${path}`, reconnect: false })
    const last = client.untilDraining()
    // The server reads in order: behind this answer it has the call before it.
    expect(await client.hello('Ada')).toBe('Hello Ada')
    server.child.kill(signal)
    expect(await last).toBe('finished')
    expect(await server.ended()).toMatchObject({
      code: 0,
      err: 'finishing 1 call (Ctrl-C again ends at once)\n',
    })
    expect(existsSync(path)).toBe(false)
  },
)

test('a second Ctrl-C ends at once', async () => {
  const path = join(folder, 'twice.sock')
  const server = start('serve', waiter, '--at', path)
  await server.said('waiter 1.0')
  const client = await connect(Waiter, { at: `unix:${path}`, reconnect: false })
  const lost = expect(client.never()).rejects.toMatchObject({ code: 'connection-lost' })
  await client.hello('Ada')
  server.child.kill('SIGINT')
  await server.said('finishing 1 call')
  expect((await server.end('SIGINT')).code).toBe(130)
  await lost
})

test('serves over MessagePack-RPC, and says where as JSON', async () => {
  const at = `unix:${join(folder, 'rpc.sock')}`
  const server = start('serve', waiter, '--at', at, '--protocol', 'msgpack-rpc', '--json')
  await server.said('"endpoint"')
  await using client = await connect(Waiter, { at, protocol: msgpackRpc() })
  expect(await client.hello('Ada')).toBe('Hello Ada')
  const { out } = await server.end('SIGINT')
  expect(JSON.parse(out)).toEqual({
    endpoint: at,
    name: 'waiter',
    version: '1.0',
    pid: server.pid,
  })
})

test('serves the program that started it, until that one leaves', async () => {
  let notes = ''
  const at = child(process.execPath, [BIN, 'serve', waiter, '--at', 'stdio:'], {
    stderr: (chunk) => {
      notes += Buffer.from(chunk).toString()
    },
    // It is not killed in this test's time: it leaves by itself.
    patienceMs: 600_000,
  })
  const client = await connect(Waiter, { at, reconnect: false })
  expect(await client.hello('Ada')).toBe('Hello Ada')
  await client.$connection.close()
  expect(notes).toBe('waiter 1.0 at stdio:\n')
})

test('tells what a handler threw, and where, to the one who serves', async () => {
  const at = `unix:${join(folder, 'broken.sock')}`
  const server = start('serve', waiter, '--at', at)
  await server.said('waiter 1.0')
  expect((await tieline('call', at, 'broken')).err).toContain('failed inside the server')
  const { err } = await server.end('SIGINT')
  expect(err).toMatch(
    /^tieline: broken failed: TypeError: no such thing \(.*waiter\.mjs:\d+:\d+\)\n$/,
  )
})

test.each([
  ['empty.mjs', '', 'PATH exports no contract; tieline serve --help shows such a module'],
  [
    'half.mjs',
    'export const contract = {}',
    'PATH exports no handlers; tieline serve --help shows such a module',
  ],
  [
    'none.mjs',
    'export const contract = {}, handlers = {}',
    'the contract that PATH exports is none: make it with contract()',
  ],
  [
    'throws.mjs',
    '\nnowhere()',
    'cannot load PATH: ReferenceError: nowhere is not defined (FILE:2:1)',
  ],
  [
    'wrong.mjs',
    'export {',
    'cannot load PATH: SyntaxError: Unexpected end of input; node --check PATH shows where',
  ],
  ['types.ts.txt', '', 'this Node loads no PATH: compile it to JavaScript first'],
  [
    'missing.mjs',
    `export { contract } from './${basename(waiter)}'\nexport const handlers = {}`,
    'implement: waiter has no handler for hello',
  ],
])('exits 2 for %s', async (name, text, message) => {
  const path = await moduleOf(name, text)
  const line = message.replaceAll('PATH', path).replace('FILE', path)
  expect(await tieline('serve', path, '--at', 'local:x')).toEqual({
    code: 2,
    out: '',
    err: `tieline: ${line}\n`,
  })
})

test('exits 3 where another server listens', async () => {
  const at = `unix:${join(folder, 'taken.sock')}`
  const server = start('serve', waiter, '--at', at)
  await server.said('waiter 1.0')
  const { code, err } = await tieline('serve', waiter, '--at', at)
  expect(code).toBe(3)
  expect(err).toMatch(/^tieline: unix:\/.*\/taken\.sock is in use.*\n$/)
  expect((await server.end('SIGINT')).code).toBe(0)
})
