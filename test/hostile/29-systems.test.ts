// Rows 29 and 32 for the web bridge and the channel host: either side killed with SIGKILL while very much
// is in flight, or stopped with SIGSTOP. Whatever waits settles once, nothing is done a second time, and
// what was stopped does not come back into a conversation that is over.
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type AgentChannel, ChannelHost, connectAgent } from '@tieline/channel-host'
import { connectRpc, type Route, silentLog, startBridge } from '@tieline/web-bridge'
import { endPrograms, errorOf, Program, until } from 'tieline/testing'
import { websocket } from 'tieline/transport'
import { beforeEach, describe, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { isAlive } from '../support/command.js'

const CALLS = 10_000
const soon = { timeout: 30_000 }
const strays: unknown[] = []
const stray = (error: unknown) => strays.push(error)
let directory: string
beforeEach(() => {
  process.on('unhandledRejection', stray)
  atEnd(() => {
    process.off('unhandledRejection', stray)
    expect(strays).toEqual([])
  })
  directory = ownFolder()
  atEnd(endPrograms)
})

const HANDLERS = `
  let waiting = 0
  export const routes = {
    'POST /wait': () => { waiting++; return new Promise(() => {}) },
    'GET /waiting': () => String(waiting),
    'GET /pid': () => String(process.pid),
  }
`

async function bridged(heartbeat: number) {
  const module = join(directory, 'handlers.mjs')
  writeFileSync(module, HANDLERS)
  const bridge = await startBridge({
    port: 0,
    at: `unix:${directory}/bridge.sock`,
    modules: [module],
    log: silentLog,
    heartbeat,
  })
  atEnd(() => bridge.close())
  const text = async (path: string) => (await fetch(bridge.url + path)).text()
  const wait = () =>
    bridge.backend.invoke(
      {
        requestId: 'r',
        route: bridge.backend.routes.find(({ path }) => path === '/wait') as Route,
        method: 'POST',
        url: '/wait',
        params: {},
        headers: {},
        body: undefined,
        remoteAddress: '127.0.0.1',
      },
      { signal: new AbortController().signal, timeoutMs: 3_600_000, meta: {} },
    )
  return { bridge, text, wait }
}

describe('the web bridge', () => {
  test('a handler process is killed with 10,000 requests: each fails, none is run again', async () => {
    const { bridge, text, wait } = await bridged(60_000)
    const errors = Array.from({ length: CALLS }, () => errorOf(wait()))
    await expect.poll(() => text('/waiting'), soon).toBe(String(CALLS))
    const [before] = bridge.health().processes
    process.kill(before?.pid as number, 'SIGKILL')
    for (const error of await Promise.all(errors)) {
      if (error['code'] === 'connection-lost' && error['sent'] === 'maybe') continue
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
    }
    expect(bridge.backend.inFlight).toBe(0)
    await until('another is there', () => bridge.health().ready === 1)
    expect(await text('/waiting')).toBe('0')
  }, 60_000)

  const SERVER = `
    import { silentLog, startBridge } from '@tieline/web-bridge'
    let calls = 0
    const never = () => {
      if (++calls === ${CALLS}) console.log('all came')
      return new Promise(() => {})
    }
    await startBridge({ port: 0, at: process.argv[1], log: silentLog, rpc: [{ never, calls: () => calls }] })
    console.log('ready')
  `

  test('its server is killed with 10,000 calls of a program: each fails, none is made again', async () => {
    const at = `unix:${directory}/bridge.sock`
    const first = new Program(SERVER, { args: [at] })
    await first.line('ready')
    const rpc = await connectRpc({ at })
    atEnd(() => rpc.close())
    const errors = Array.from({ length: CALLS }, () =>
      errorOf(rpc.call('never', 0, { timeout: '1h' })),
    )
    await first.line('all came')
    first.kill('SIGKILL')
    for (const error of await Promise.all(errors)) {
      if (error['code'] === 'connection-lost' && error['sent'] === 'maybe') continue
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
    }
    const second = new Program(SERVER, { args: [at] })
    await second.line('ready')
    expect(await rpc.call('calls')).toBe(0)
  }, 60_000)

  test('a handler process that is stopped is given up and replaced, and does not come back', async () => {
    const { bridge, text, wait } = await bridged(300)
    const pid = Number(await text('/pid'))
    const errors = Array.from({ length: 100 }, () => errorOf(wait()))
    process.kill(pid, 'SIGSTOP')
    for (const error of await Promise.all(errors)) {
      expect(error).toMatchObject({ code: 'connection-lost' })
    }
    await until('another is there', () => bridge.health().ready === 1)
    // It may be gone already: it was ended when it was given up.
    if (isAlive(pid)) process.kill(pid, 'SIGCONT')
    await until('it is gone', () => !isAlive(pid))
    expect(bridge.health().processes.map((one) => one.pid)).not.toContain(pid)
    expect(await text('/pid')).not.toBe(String(pid))
    expect(bridge.backend.inFlight).toBe(0)
  }, 60_000)
})

const HOST = `
  import { ChannelHost } from '@tieline/channel-host'
  const host = new ChannelHost({ token: false, withoutOrigin: true })
  await host.serveAgents({ at: process.argv[1] })
  console.log('ready')
`

const AGENT = `
  import { connectAgent } from '@tieline/channel-host'
  const agent = await connectAgent({ at: process.argv[1] })
  let heard = 0
  const { port } = await agent.listen(Number(process.argv[2]), {
    message(channel, bytes) {
      heard += 1
      channel.send(bytes)
    },
  })
  console.log('listens ' + port)
`

async function page(endpoint: string) {
  const channel = await websocket(endpoint, { token: false }).connect()
  const heard: number[] = []
  const closed: string[] = []
  channel.open({
    message: (bytes) => heard.push(Buffer.from(bytes).readUInt32BE()),
    drained() {},
    closed: ({ by }) => closed.push(by),
  })
  atEnd(() => channel.abort(new Error('the test is over')))
  const bytes = Buffer.alloc(1024)
  return {
    channel,
    heard,
    closed,
    says(n: number) {
      bytes.writeUInt32BE(n)
      return channel.send(Uint8Array.from(bytes))
    },
  }
}

describe('the channel host', () => {
  test('is killed with hundreds of requests of an agent: each fails, none is made again', async () => {
    // A server that takes connections and says nothing: they stay unanswered.
    const dialled = new Set<Socket>()
    let dials = 0
    const silent = createServer((socket) => {
      dials += 1
      dialled.add(socket)
      // Read, so that its end is seen.
      socket.resume()
      socket.on('error', () => {}).on('close', () => dialled.delete(socket))
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    atEnd(() => silent.close())
    const { port } = silent.address() as { port: number }
    const at = `unix:${directory}/agents.sock`
    const first = new Program(HOST, { args: [at] })
    await first.line('ready')
    let restored = 0
    const agent = await connectAgent({
      at,
      reconnect: { base: 20 },
      restored: () => {
        restored += 1
      },
    })
    atEnd(() => agent.abort(new Error('the test is over')))
    const errors = Array.from({ length: 500 }, () =>
      errorOf(agent.connect(`ws://127.0.0.1:${port}/`)),
    )
    await until('all are dialled', () => dials === 500)
    first.kill('SIGKILL')
    for (const error of await Promise.all(errors)) {
      expect(error).toMatchObject({ code: 'connection-lost' })
    }
    const second = new Program(HOST, { args: [at] })
    await second.line('ready')
    await until('the agent is back', () => restored === 1)
    const { port: own } = await agent.listen(0)
    expect(own).toBeGreaterThan(0)
    expect(dials).toBe(500)
    await until('none is left', () => dialled.size === 0)
  }, 60_000)

  test('an agent’s process is killed: its pages are told once, its port is free, others go on', async () => {
    const host = new ChannelHost({ token: false, withoutOrigin: true })
    atEnd(() => host.close())
    const at = `unix:${directory}/agents.sock`
    await host.serveAgents({ at })
    const other = await host.agent().listen(0, { message: (channel, bytes) => channel.send(bytes) })
    const bystander = await page(other.endpoint)
    const agent = new Program(AGENT, { args: [at, '0'] })
    const port = await agent.line('listens ')
    const pages = await Promise.all(
      Array.from({ length: 100 }, () => page(`ws://127.0.0.1:${port}/`)),
    )
    for (let n = 0; n < 100; n++) for (const one of pages) one.says(n)
    await until('it is busy', () => pages.every(({ heard }) => heard.length > 0))
    agent.kill('SIGKILL')
    await expect
      .poll(() => pages.map(({ closed }) => closed), soon)
      .toEqual(pages.map(() => ['remote']))
    for (const { heard } of pages) expect(heard).toEqual(heard.map((_, n) => n))
    await until('nothing is left', () => host.status.agents === 0 && host.status.channels === 1)
    const again = new Program(AGENT, { args: [at, port] })
    expect(await again.line('listens ')).toBe(port)
    bystander.says(7)
    await until('others are served', () => bystander.heard.length === 1)
  }, 60_000)

  test('an agent’s process that is stopped is waited for: bounded, in order, and beside others', async () => {
    const host = new ChannelHost({ token: false, withoutOrigin: true })
    atEnd(() => host.close())
    const at = `unix:${directory}/agents.sock`
    await host.serveAgents({ at })
    const channels: AgentChannel[] = []
    const other = await host.agent().listen(0, {
      opened: (channel) => channels.push(channel),
      message: (channel, bytes) => channel.send(bytes),
    })
    const bystander = await page(other.endpoint)
    const agent = new Program(AGENT, { args: [at, '0'] })
    const one = await page(`ws://127.0.0.1:${await agent.line('listens ')}/`)
    one.says(0)
    await until('it is answered', () => one.heard.length === 1)
    agent.kill('SIGSTOP')
    // Its messages have no heartbeat, as the original's have none: its page is told to wait instead.
    let said = 1
    while (said < 200_000 && one.says(said++)) {
      if (said % 100 === 0) await new Promise(setImmediate)
    }
    expect(said).toBeLessThan(200_000)
    for (let n = 0; n < 20; n++) {
      bystander.says(n)
      await until('others are served', () => bystander.heard.length === n + 1)
    }
    agent.kill('SIGCONT')
    await until('all are answered', () => one.heard.length === said)
    expect(one.heard).toEqual(Array.from({ length: said }, (_, n) => n))
    expect(one.closed).toEqual([])
  }, 60_000)
})
