// The command as people run it: its own processes, its exit codes, its one line for each error.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Command, isAlive } from '../../../test/support/command.js'
import { ownDirectory, until } from '../src/bridge.test.helper.js'

const PROGRAM = fileURLToPath(new URL('../bin/web-bridge.js', import.meta.url))

const HANDLERS = `
export const routes = {
  'GET /': () => 'v1',
  'GET /pid': () => String(process.pid),
  'GET /sum': (_request, { rpc }) => rpc.call('add', { a: 1, b: 2 }),
}
export const show = ({ params }) => params
`
const FUNCTIONS = `
export const rpc = {
  add: ({ a, b }) => a + b,
  count: async function* (to) { for (let n = 1; n <= to; n++) yield n },
}
export const layers = [
  (next) => async (request, context) => {
    const response = await next(request, context)
    return { ...response, headers: { ...response.headers, 'x-layer': 'here' } }
  },
]
`

class Run extends Command {
  constructor(args: readonly string[], env: Record<string, string> = {}) {
    super(process.execPath, [PROGRAM, ...args], { env: { WEB_BRIDGE_TOKEN: '', ...env } })
  }

  /** Where it says, in its first line, that it serves. */
  async url(): Promise<string> {
    const [url = ''] = await this.said(/^http:[^,]+/m)
    return url
  }
}

interface Served {
  readonly run: Run
  readonly url: string
  readonly at: string
  readonly directory: string
}

async function place(): Promise<{ directory: string; at: string }> {
  const directory = await ownDirectory()
  await writeFile(join(directory, 'handlers.mjs'), HANDLERS)
  await writeFile(join(directory, 'functions.mjs'), FUNCTIONS)
  return { directory, at: `unix:${join(directory, 'bridge.sock')}` }
}

async function served(...args: string[]): Promise<Served> {
  const { directory, at } = await place()
  const run = new Run([
    'serve',
    ...args.map((arg) => arg.replace('DIR', directory)),
    ...['--server', join(directory, 'functions.mjs'), '--port', '0', '--at', at],
  ])
  return { run, url: await run.url(), at, directory }
}

const text = async (url: string) => (await fetch(url)).text()

describe('web-bridge serve', () => {
  test('serves the routes of its modules, says where, and ends well by SIGTERM', async () => {
    const { run, url, at } = await served('DIR/handlers.mjs', '--processes', '2')
    expect(run.out).toBe(`${url}, 2 handler processes, ${at}\n`)
    expect(await text(`${url}/sum`)).toBe('3')
    expect((await fetch(url)).headers.get('x-layer')).toBe('here')
    expect((await run.end('SIGTERM')).code).toBe(0)
    expect(existsSync(at.replace('unix:', ''))).toBe(false)
  })

  test('killed with SIGKILL leaves no handler process and no endpoint that is in the way', async () => {
    const { run, url, at, directory } = await served('DIR/handlers.mjs')
    const pid = Number(await text(`${url}/pid`))
    await run.end('SIGKILL')
    await until(() => !isAlive(pid), 'the end of the handler process')
    const again = new Run(['serve', join(directory, 'handlers.mjs'), '--at', at, '--port', '0'])
    expect(await text(await again.url())).toBe('v1')
  })

  test('takes new code by SIGHUP', async () => {
    const { run, url, directory } = await served('DIR/handlers.mjs')
    await writeFile(join(directory, 'handlers.mjs'), HANDLERS.replace('v1', 'v2'))
    run.child.kill('SIGHUP')
    await until(async () => (await text(url)) === 'v2')
  })

  test('says what it waits for when it is told to end, and is told twice to wait no more', async () => {
    const { directory, at } = await place()
    const file = join(directory, 'slow.mjs')
    await writeFile(file, "export const routes = { '/slow': () => new Promise(() => {}) }")
    const run = new Run(['serve', file, '--port', '0', '--at', at])
    const url = await run.url()
    const lost = expect(text(`${url}/slow`)).rejects.toThrow()
    const health = async () => (await (await fetch(`${url}/health`)).json()) as { inFlight: number }
    await until(async () => (await health()).inFlight === 1)
    run.child.kill('SIGINT')
    await run.said('finishing what is in flight (1)')
    expect(run.isRunning).toBe(true)
    // One that comes at once may be the echo of the first, from a shell in between.
    await until(() => !run.child.kill('SIGINT') || !run.isRunning)
    expect((await run.ended()).code).toBe(130)
    await lost
  })

  test('reads a route file', async () => {
    const { directory, at } = await place()
    const file = join(directory, 'routes.json')
    await writeFile(file, '{ "GET /users/:id": "./handlers.mjs#show" }')
    const run = new Run(['serve', file, '--port', '0', '--at', at])
    expect(await text(`${await run.url()}/users/7`)).toBe('{"id":"7"}')
  })

  test('tells in one line what is wrong, with an exit code', async () => {
    const { at, directory, url } = await served('DIR/handlers.mjs')
    const { port } = new URL(url)
    const handlers = join(directory, 'handlers.mjs')
    const taken = await new Run(['serve', handlers, '--at', at, '--port', '0']).ended()
    expect([taken.code, taken.err]).toEqual([3, expect.stringContaining('--at')])
    const other = `unix:${join(directory, 'other.sock')}`
    const portTaken = await new Run(['serve', handlers, '--at', other, '--port', port]).ended()
    expect([portTaken.code, portTaken.err]).toEqual([3, expect.stringContaining('--port')])
    const missing = await new Run(['serve', './no-such.mjs', '--at', other, '--port', '0']).ended()
    expect([missing.code, missing.err]).toEqual([
      2,
      'web-bridge: there is no module ./no-such.mjs\n',
    ])
    const noServer = await new Run(['serve', handlers, '--server', './none.mjs']).ended()
    expect([noServer.code, noServer.err]).toEqual([2, expect.stringContaining('none.mjs')])
    const noPort = await new Run(['serve', handlers, '--at', other, '--port', '99999']).ended()
    expect([noPort.code, noPort.err]).toEqual([2, expect.stringContaining('0 to 65535')])
    const wrong = await new Run(['serve', '--max-body', 'much']).ended()
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('500k, 16m or 1g')])
    for (const { err } of [taken, portTaken, noServer, noPort, wrong])
      expect(err).not.toContain('    at ')
  })

  test('says where in a module it went wrong', async () => {
    const { directory, at } = await place()
    const file = join(directory, 'broken.mjs')
    const said = async (code: string) => {
      await writeFile(file, code)
      const run = await new Run(['serve', file, '--at', at, '--port', '0']).ended()
      expect(run.err).not.toContain('    at ')
      return run.err
    }
    expect(await said("\nthrow new Error('no database')")).toMatch(
      /broken\.mjs: no database \(.*broken\.mjs:2\)\n/,
    )
    expect(await said('export export')).toMatch(/broken\.mjs: SyntaxError: /)
    expect(await said("import './other.mjs'")).toMatch(/broken\.mjs: Cannot find module '.*other/)
  })

  test('imports what it is told to first in each process', async () => {
    const { directory, at } = await place()
    const file = join(directory, 'first.mjs')
    await writeFile(file, "globalThis.first = process.env.WEB_BRIDGE_LAUNCH ? 'handler' : 'server'")
    const handlers = join(directory, 'own.mjs')
    await writeFile(
      handlers,
      "export const routes = { '/': async (_, { rpc }) => [first, await rpc.call('first')] }",
    )
    const functions = join(directory, 'own-functions.mjs')
    await writeFile(functions, 'export const rpc = { first: () => globalThis.first }')
    const run = new Run([
      ...['serve', handlers, '--server', functions, '--import', file],
      ...['--port', '0', '--at', at],
    ])
    expect(await text(await run.url())).toBe('["handler","server"]')
  })

  test('tells its numbers where it is asked to', async () => {
    const { url } = await served('DIR/handlers.mjs', '--metrics')
    await text(url)
    expect(await text(`${url}/metrics`)).toContain('web_bridge_requests_total{route="/"')
    const own = await served('DIR/handlers.mjs', '--metrics-port', '0')
    const [metrics = ''] = await own.run.said(/http:\S+\/metrics/)
    expect(await text(metrics)).toContain('web_bridge_handler_processes_wanted 1')
    expect((await fetch(`${own.url}/metrics`)).status).toBe(404)
  })

  test('writes the token for nobody else to read, and takes it away', async () => {
    const { run, url, directory } = await served('DIR/handlers.mjs', '--token-file', 'DIR/token')
    const file = join(directory, 'token')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const nowhere = `unix:${join(directory, 'nowhere.sock')}`
    const call = await new Run([
      ...['call', 'add', '{"a":1,"b":2}', '--at', nowhere],
      ...['--http', url, '--token-file', file],
    ]).ended()
    expect([call.code, call.out]).toEqual([0, '3\n'])
    expect(call.err).toContain('over HTTP: ')
    const env = { WEB_BRIDGE_TOKEN: `${readFileSync(file, 'utf8').trim()}x` }
    const wrong = await new Run(['call', 'add', '--at', nowhere, '--http', url], env).ended()
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('token')])
    await run.end('SIGINT')
    expect(existsSync(file)).toBe(false)
  })
})

describe('web-bridge handler', () => {
  test('joins a running server, joins it again, and leaves in good order', async () => {
    const { run, url, at, directory } = await served()
    const handler = new Run(['handler', join(directory, 'handlers.mjs'), '--at', at])
    await handler.said('joined')
    expect(handler.out).toBe(`joined ${at} with 3 routes (pid ${handler.pid})\n`)
    expect(await text(url)).toBe('v1')
    await run.end('SIGTERM')
    const again = new Run(['serve', '--port', '0', '--at', at])
    const next = await again.url()
    await until(async () => (await text(next)) === 'v1')
    expect((await handler.end('SIGTERM')).code).toBe(0)
    expect((await fetch(next)).status).toBe(503)
  })

  test('without a server says how to start one', async () => {
    const { directory, at } = await place()
    const run = await new Run(['handler', join(directory, 'handlers.mjs'), '--at', at]).ended()
    expect([run.code, run.err]).toEqual([3, expect.stringContaining('web-bridge serve MODULE')])
  })
})

describe('web-bridge call', () => {
  test('prints answers, items and names', async () => {
    const { at } = await served('DIR/handlers.mjs')
    const call = async (...args: string[]) => {
      const run = await new Run(['call', ...args, '--at', at]).ended()
      return [run.code, run.out]
    }
    expect(await call('add', '{"a":1,"b":2}')).toEqual([0, '3\n'])
    expect(await call('count', '2', '--stream')).toEqual([0, '1\n2\n'])
    expect(await call()).toEqual([0, 'add\ncount\n'])
    expect((await call('nope'))[0]).toBe(1)
    expect((await call('add', 'not json'))[0]).toBe(2)
  })
})
