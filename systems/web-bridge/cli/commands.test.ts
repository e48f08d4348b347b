// The command as people run it: its own processes, its exit codes, its one line for each error.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ownDirectory, until } from '../src/bridge.test.helper.js'

// Each test starts several programs, on machines that are busy with other things.
vi.setConfig({ testTimeout: 60_000 })

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

class Run {
  readonly child: ChildProcess
  out = ''
  err = ''
  code: number | null | undefined

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, WEB_BRIDGE_TOKEN: '', ...env },
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.child.once('close', (code) => {
      this.code = code
    })
    onTestFinished(() => {
      this.child.kill('SIGKILL')
    })
  }

  async ended(): Promise<this> {
    await until(() => this.code !== undefined, `the end of ${this.child.spawnargs.join(' ')}`)
    return this
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
  await until(() => run.out.includes('\n') || run.code !== undefined, 'the first line')
  const [url = ''] = run.out.split(',')
  return { run, url, at, directory }
}

const text = async (url: string) => (await fetch(url)).text()

describe('web-bridge serve', () => {
  test('serves the routes of its modules, says where, and ends well by SIGTERM', async () => {
    const { run, url, at } = await served('DIR/handlers.mjs', '--processes', '2')
    expect(run.out).toBe(`${url}, 2 handler processes, ${at}\n`)
    expect(await text(`${url}/sum`)).toBe('3')
    expect((await fetch(url)).headers.get('x-layer')).toBe('here')
    run.child.kill('SIGTERM')
    expect((await run.ended()).code).toBe(0)
    expect(existsSync(at.replace('unix:', ''))).toBe(false)
  })

  test('killed with SIGKILL leaves no handler process and no endpoint that is in the way', async () => {
    const { run, url, at, directory } = await served('DIR/handlers.mjs')
    const pid = Number(await text(`${url}/pid`))
    run.child.kill('SIGKILL')
    await run.ended()
    await until(() => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    }, 'the end of the handler process')
    const again = new Run(['serve', join(directory, 'handlers.mjs'), '--at', at, '--port', '0'])
    await until(() => again.out.includes('\n'))
    expect(await text(again.out.split(',')[0] as string)).toBe('v1')
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
    await until(() => run.out.includes('\n'))
    const url = run.out.split(',')[0] as string
    const lost = expect(text(`${url}/slow`)).rejects.toThrow()
    const health = async () => (await (await fetch(`${url}/health`)).json()) as { inFlight: number }
    await until(async () => (await health()).inFlight === 1)
    run.child.kill('SIGINT')
    await until(() => run.err.includes('finishing what is in flight (1)'))
    expect(run.code).toBeUndefined()
    // One that comes at once may be the echo of the first, from a shell in between.
    await until(() => !run.child.kill('SIGINT') || run.code !== undefined)
    expect((await run.ended()).code).toBe(130)
    await lost
  })

  test('reads a route file', async () => {
    const { directory, at } = await place()
    const file = join(directory, 'routes.json')
    await writeFile(file, '{ "GET /users/:id": "./handlers.mjs#show" }')
    const run = new Run(['serve', file, '--port', '0', '--at', at])
    await until(() => run.out.includes('\n'))
    expect(await text(`${run.out.split(',')[0]}/users/7`)).toBe('{"id":"7"}')
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
    await until(() => run.out.includes('\n') || run.code !== undefined)
    expect(await text(run.out.split(',')[0] as string)).toBe('["handler","server"]')
  })

  test('tells its numbers where it is asked to', async () => {
    const { url } = await served('DIR/handlers.mjs', '--metrics')
    await text(url)
    expect(await text(`${url}/metrics`)).toContain('web_bridge_requests_total{route="/"')
    const own = await served('DIR/handlers.mjs', '--metrics-port', '0')
    await until(() => own.run.err.includes('/metrics'))
    const [metrics = ''] = /http:\S+\/metrics/.exec(own.run.err) ?? []
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
    run.child.kill('SIGINT')
    await run.ended()
    expect(existsSync(file)).toBe(false)
  })
})

describe('web-bridge handler', () => {
  test('joins a running server, joins it again, and leaves in good order', async () => {
    const { run, url, at, directory } = await served()
    const handler = new Run(['handler', join(directory, 'handlers.mjs'), '--at', at])
    await until(() => handler.out.includes('\n'))
    expect(handler.out).toBe(`joined ${at} with 3 routes (pid ${handler.child.pid})\n`)
    expect(await text(url)).toBe('v1')
    run.child.kill('SIGTERM')
    await run.ended()
    const again = new Run(['serve', '--port', '0', '--at', at])
    await until(() => again.out.includes('\n'))
    const next = again.out.split(',')[0] as string
    await until(async () => (await text(next)) === 'v1')
    handler.child.kill('SIGTERM')
    expect((await handler.ended()).code).toBe(0)
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
