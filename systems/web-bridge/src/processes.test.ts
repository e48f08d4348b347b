// The bridge with handler processes of its own, which are killed, stopped and exchanged under load.
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
// The built package, as the programs that it starts are built.
import { type BridgeOptions, silentLog, startBridge, type WebBridge } from '@tieline/web-bridge'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { isAlive } from '../../../test/support/command.js'
import { ownDirectory, until } from './bridge.test.helper.js'

// Each test starts several programs, on machines that are busy with other things.
vi.setConfig({ testTimeout: 60_000 })

const HANDLERS = `
const started = process.env.WEB_BRIDGE_LAUNCH
export const routes = async ({ rpc }) => {
  const first = await rpc.call('now')
  return {
    'GET /': () => 'v1',
    'GET /pid': () => String(process.pid),
    'POST /pid': () => String(process.pid),
    'GET /first': () => String(first),
    'GET /slow': () => new Promise((resolve) => setTimeout(() => resolve('slow ' + process.pid), 300)),
    'GET /die': () => process.kill(process.pid, 'SIGKILL') && new Promise(() => {}),
    'GET /die-once': async ({ url }, { rpc }) => {
      if (await rpc.call('once', url)) process.kill(process.pid, 'SIGKILL')
      return 'survived'
    },
    'POST /die': async ({ body }) => { await body.text(); process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}) },
    'POST /wait': () => new Promise(() => {}),
    'GET /half': async function* () { yield 'half'; await new Promise((r) => setTimeout(r, 50)); process.kill(process.pid, 'SIGKILL') },
    'GET /hang': () => { for (;;); },
    'GET /events': async function* (_request, { draining }) {
      yield 'begun'
      await new Promise((resolve) => draining.addEventListener('abort', resolve))
      yield ' and ended'
    },
    'WS /ws': { message: (socket, data) => socket.send(data) },
  }
}
`

interface Running {
  readonly bridge: WebBridge
  readonly directory: string
  readonly module: string
}

async function running(options: BridgeOptions = {}, code = HANDLERS): Promise<Running> {
  const directory = await ownDirectory()
  const module = join(directory, 'handlers.mjs')
  await writeFile(module, code)
  const seen = new Set<unknown>()
  const bridge = await startBridge({
    port: 0,
    at: `unix:${join(directory, 'bridge.sock')}`,
    modules: [module],
    log: silentLog,
    drain: '5s',
    withoutOrigin: true,
    rpc: [
      {
        now: () => 'now',
        once: (key) => !seen.has(key) && seen.add(key) !== undefined,
      },
    ],
    ...options,
  })
  onTestFinished(() => bridge.close())
  return { bridge, directory, module }
}

const text = async (url: string, init?: RequestInit): Promise<string> => {
  const response = await fetch(url, init)
  return `${response.status} ${await response.text()}`
}

const status = async (url: string, init?: RequestInit): Promise<number> => {
  const response = await fetch(url, init)
  await response.text()
  return response.status
}

const ready = (bridge: WebBridge, count: number) =>
  until(() => bridge.health().ready === count, `${count} ready processes`)

describe('handler processes', () => {
  test('answer in turn, and rpc works from the first line of their module', async () => {
    const { bridge } = await running({ processes: 2 })
    const pids = new Set<string>()
    for (let count = 0; count < 4; count++) pids.add(await text(`${bridge.url}/pid`))
    expect(pids.size).toBe(2)
    expect(await text(`${bridge.url}/first`)).toBe('200 now')
  })

  test('get what has the least in flight', async () => {
    const { bridge } = await running({ processes: 2 })
    const slow = text(`${bridge.url}/slow`)
    await until(() => bridge.backend.inFlight === 1)
    const busy = bridge.health().processes.find(({ inFlight }) => inFlight === 1)?.pid
    for (let count = 0; count < 4; count++) {
      expect(await text(`${bridge.url}/pid`)).not.toBe(`200 ${busy}`)
    }
    await slow
  })

  test('are not started where another program has the port', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const said: string[] = []
    const say = (_: object, line: string) => void said.push(line)
    const log = { ...silentLog, info: say, warn: say, error: say }
    // It would not come up, and that would be what is told.
    await expect(running({ port, log }, 'throw new Error("started")')).rejects.toMatchObject({
      code: 'endpoint-in-use',
      message: `http://127.0.0.1:${port}: another program listens there`,
    })
    expect(said).toEqual([])
  })

  test('that do not come up are told at the start, with what they said', async () => {
    await expect(running({}, 'throw new Error("broken from the start")')).rejects.toMatchObject({
      code: 'unavailable',
    })
    await expect(running({}, 'export const routes = { "GET x": () => 1 }')).rejects.toThrow()
  })

  test('end when the server does', async () => {
    const { bridge } = await running({ processes: 2 })
    const pids = bridge.health().processes.map(({ pid }) => pid as number)
    await bridge.close()
    await until(() => !pids.some(isAlive))
  })
})

describe('row 29: a process that is killed', () => {
  test('in the middle of a request costs that request a 502, and no other', async () => {
    const { bridge } = await running({ processes: 2 })
    const others = Array.from({ length: 10 }, () => text(`${bridge.url}/pid`))
    expect(await status(`${bridge.url}/die`, { method: 'POST', body: 'x' })).toBe(502)
    for (const other of others) expect(await other).toMatch(/^200 /)
    expect(await text(`${bridge.url}/`)).toBe('200 v1')
  })

  test('is replaced, and meanwhile nobody there is 503 with Retry-After', async () => {
    const { bridge } = await running()
    const [before] = bridge.health().processes
    expect(await status(`${bridge.url}/die`, { method: 'POST', body: 'x' })).toBe(502)
    const response = await fetch(bridge.url)
    if (response.status !== 200) {
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    }
    await ready(bridge, 1)
    expect(bridge.health().restarts).toBe(1)
    expect(bridge.health().processes[0]?.pid).not.toBe(before?.pid)
    expect(await text(bridge.url)).toBe('200 v1')
  })

  test('has an idempotent request run elsewhere, when nothing was answered yet', async () => {
    const { bridge } = await running({ processes: 2 })
    expect(await text(`${bridge.url}/die-once?1`)).toBe('200 survived')
    await ready(bridge, 2)
    // One that kills whoever gets it is not passed on for ever.
    expect(await status(`${bridge.url}/die`)).toBe(502)
  })

  test('after the head of a response cuts that response, as its status is gone', async () => {
    const { bridge } = await running({ processes: 2 })
    await expect(text(`${bridge.url}/half`)).rejects.toThrow()
    expect(await text(bridge.url)).toBe('200 v1')
  })

  test('with very many requests in flight fails each of them, none twice', async () => {
    const { bridge } = await running()
    const [process_] = bridge.health().processes
    const all = Array.from({ length: 500 }, () => status(`${bridge.url}/wait`, { method: 'POST' }))
    await until(() => bridge.backend.inFlight === 500)
    process.kill(process_?.pid as number, 'SIGKILL')
    expect(new Set(await Promise.all(all))).toEqual(new Set([502]))
    expect(bridge.backend.inFlight).toBe(0)
    await ready(bridge, 1)
  })

  test('row 32: that hangs is found by its heartbeat and replaced', async () => {
    const { bridge } = await running({ heartbeat: 300 })
    const hanging = status(`${bridge.url}/hang`, { method: 'GET' })
    expect(await hanging).toBe(502)
    await ready(bridge, 1)
    expect(await text(bridge.url)).toBe('200 v1')
  })
})

describe('row 30 and 31: an exchange of processes', () => {
  test('under load fails no request, and serves the new code', async () => {
    const { bridge, module } = await running({ processes: 2 })
    let over = false
    const seen = new Map<string, number>()
    const load = Array.from({ length: 8 }, async (_, worker) => {
      while (!over) {
        const answer = await text(bridge.url, worker % 2 === 0 ? {} : { method: 'GET' })
        seen.set(answer, (seen.get(answer) ?? 0) + 1)
      }
    })
    for (let version = 2; version <= 6; version++) {
      await writeFile(module, HANDLERS.replace("'v1'", `'v${version}'`))
      await bridge.restart()
      expect(await text(bridge.url)).toBe(`200 v${version}`)
    }
    over = true
    await Promise.all(load)
    expect([...seen.keys()].filter((answer) => !/^200 v[1-6]$/.test(answer))).toEqual([])
    expect(bridge.health()).toMatchObject({ ready: 2, restarts: 0 })
  })

  test('lets what is in flight finish, and tells streams that have no end', async () => {
    const { bridge } = await running()
    const slow = text(`${bridge.url}/slow`)
    const stream = text(`${bridge.url}/events`)
    await until(() => bridge.backend.inFlight === 2)
    const [before] = bridge.health().processes
    await bridge.restart()
    expect(await slow).toBe(`200 slow ${before?.pid}`)
    expect(await stream).toBe('200 begun and ended')
    await until(() => !isAlive(before?.pid as number))
  })

  test('asks browsers with sockets to come again (1012) when their process has to go', async () => {
    const { bridge } = await running({ drain: 200 })
    const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}/ws`)
    let code: number | undefined
    socket.on('close', (told) => {
      code = told
    })
    await until(() => socket.readyState === WebSocket.OPEN)
    await bridge.restart()
    await until(() => code !== undefined)
    expect(code).toBe(1012)
  })

  test('keeps the old code when the new does not come up', async () => {
    const { bridge, module } = await running()
    await writeFile(module, 'this is no program')
    await expect(bridge.restart()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await text(bridge.url)).toBe('200 v1')
    await writeFile(module, HANDLERS.replace("'v1'", "'v2'"))
    await bridge.restart()
    expect(await text(bridge.url)).toBe('200 v2')
  })

  test('brings routes and takes them', async () => {
    const { bridge, module } = await running()
    await writeFile(module, "export const routes = { 'GET /new': () => 'new' }")
    await bridge.restart()
    expect(await text(`${bridge.url}/new`)).toBe('200 new')
    expect(await status(bridge.url)).toBe(404)
  })

  test('happens by itself when code changes, in development', async () => {
    const directory = await ownDirectory()
    const { bridge, module } = await running({ watch: [directory] })
    const watched = join(directory, 'handlers.mjs')
    await writeFile(module, (await readFile(module, 'utf8')).replace("'v1'", "'v2'"))
    await writeFile(watched, '// changed')
    await until(async () => (await text(bridge.url)) === '200 v2')
  })

  test('a process that is told to end by SIGTERM loses nothing and is replaced', async () => {
    const { bridge } = await running({ processes: 2 })
    const slow = text(`${bridge.url}/slow`)
    await until(() => bridge.backend.inFlight === 1)
    const busy = bridge.health().processes.find(({ inFlight }) => inFlight === 1)?.pid as number
    process.kill(busy, 'SIGTERM')
    expect(await slow).toBe(`200 slow ${busy}`)
    await until(() => !isAlive(busy))
    await ready(bridge, 2)
  })

  test('a process that is told to end goes when another is there: no request is without one', async () => {
    // Past any test's end: what is waited for is the other process, and not the time.
    const { bridge } = await running({ drain: '10m' })
    const [before] = bridge.health().processes
    const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}/ws`)
    onTestFinished(() => socket.terminate())
    let code: number | undefined
    socket.on('close', (told) => {
      code = told
    })
    await until(() => socket.readyState === WebSocket.OPEN)
    let over = false
    const seen = new Set<string>()
    const load = (async () => {
      while (!over) seen.add(await text(`${bridge.url}/pid`, { method: 'POST' }))
    })()
    process.kill(before?.pid as number, 'SIGTERM')
    await until(() => !isAlive(before?.pid as number), 'the end of the process')
    await until(() => seen.has(`200 ${bridge.health().processes[0]?.pid}`))
    over = true
    await load
    await until(() => code !== undefined)
    expect(code).toBe(1012)
    expect([...seen].filter((answer) => !answer.startsWith('200 '))).toEqual([])
    expect(bridge.health()).toMatchObject({ ready: 1, restarts: 1 })
  })

  test('a process that is told to end does so too when no other comes up', async () => {
    const { bridge, module } = await running()
    const pid = bridge.health().processes[0]?.pid as number
    await writeFile(module, 'this is no program')
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid), 'the end of the process')
    expect(await status(bridge.url)).toBe(503)
    await writeFile(module, HANDLERS)
    await ready(bridge, 1)
    expect(await text(bridge.url)).toBe('200 v1')
  })
})
