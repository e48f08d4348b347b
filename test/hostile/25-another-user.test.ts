// Row 25: another user who gets as far as connecting is refused before a byte of his is read; a client
// refuses a server of another user when told to; and of what the systems make (sockets, directories,
// files, what is in their processes) another user can read, write, replace or remove nothing.
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ChannelHost, connectAgent, tokenFile } from '@tieline/channel-host'
import { FileChannel } from '@tieline/file-channel'
import { DriverHost, IpcDriver, serveDriver } from '@tieline/player-driver'
import { SupervisorContract, startDaemon } from '@tieline/supervisor'
import {
  connectOriginalRpc,
  connectRpc,
  serveOriginalHandlers,
  serveOriginalRpc,
  silentLog,
  startBridge,
} from '@tieline/web-bridge'
import { connect, contract, call as declared, native, serve as serveContract, type } from 'tieline'
import { until } from 'tieline/testing'
import { type LocalOptions, local, websocket } from 'tieline/transport'
import { beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { cannotBeNobody, NOBODY, nobody } from '../support/nobody.js'

// What programs of another user do. Bytes are sent without being asked for.
const CLIENT = `
  const socket = require('node:net').connect(process.argv[1], () => console.log('connected'))
  socket.write('let me in')
  socket.on('data', (bytes) => console.log('data ' + bytes))
  socket.on('error', (error) => console.log(error.code))
  socket.on('close', () => console.log('closed'))
`
const SERVER = `
  process.umask(0)
  require('node:net').createServer((socket) => {
    socket.on('data', (bytes) => console.log('data ' + bytes)).on('error', () => {})
    socket.on('close', () => console.log('closed'))
  }).listen(process.argv[1], () => console.log('ready'))
`

let directory: string
let path: string
beforeEach(() => {
  directory = ownFolder()
  chmodSync(directory, 0o755)
  path = join(directory, 'x')
})

/** All that a client of another user has to say. */
async function nobodyConnects(): Promise<string[]> {
  const { out } = await nobody(CLIENT, [path]).ended()
  return out.trim().split('\n')
}

async function serve(options: LocalOptions) {
  const accepted: string[] = []
  const failures: Error[] = []
  const listener = await local(`unix:${path}`, options).listen({
    accept(channel) {
      accepted.push(`uid ${channel.remote.credentials?.uid}`)
      channel.open({
        message(chunk) {
          accepted.push(Buffer.from(chunk).toString())
          void channel.close()
        },
        drained() {},
        closed() {},
      })
    },
    failed: (error) => failures.push(error),
  })
  return { listener, accepted, failures }
}

describe('a server', () => {
  it('keeps others out by the mode of its socket', async ({ skip }) => {
    if (cannotBeNobody) skip(cannotBeNobody)
    const { listener, accepted } = await serve({})
    expect(await nobodyConnects()).toEqual(['EACCES', 'closed'])
    expect(accepted).toEqual([])
    await listener.close()
  })

  it('refuses another user whom the mode let in, before a byte is read', async ({ skip }) => {
    if (cannotBeNobody) skip(cannotBeNobody)
    const { listener, accepted, failures } = await serve({ mode: 0o666, allow: 'same-user' })
    const told = await nobodyConnects()
    expect(told[0]).toBe('connected')
    expect(told.at(-1)).toBe('closed')
    expect(told.join()).not.toContain('data')
    expect(accepted).toEqual([])
    expect(failures).toMatchObject([
      {
        code: 'permission-denied',
        message: expect.stringContaining(`the client is uid ${NOBODY}`),
      },
    ])
    await listener.close()
  })

  it('lets in whom it was told to', async ({ skip }) => {
    if (cannotBeNobody) skip(cannotBeNobody)
    for (const allow of ['anyone', ({ uid }: { uid: number }) => uid === NOBODY] as const) {
      const { listener, accepted } = await serve({ mode: 0o666, allow })
      expect(await nobodyConnects()).toEqual(['connected', 'closed'])
      expect(accepted).toEqual([`uid ${NOBODY}`, 'let me in'])
      await listener.close()
    }
  })
})

describe('a client', () => {
  it('refuses a server of another user when told to, before it sends a byte', async ({ skip }) => {
    if (cannotBeNobody) skip(cannotBeNobody)
    chownSync(directory, NOBODY, NOBODY)
    const server = nobody(SERVER, [path])
    await server.said('ready')
    const careful = local(`unix:${path}`, { server: 'same-user' }).connect()
    await expect(careful).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining(`the server is uid ${NOBODY}`),
    })
    const trusting = await local(`unix:${path}`).connect()
    trusting.open({ message() {}, drained() {}, closed() {} })
    trusting.send(Buffer.from('hello'))
    await trusting.close()
    await until('it is told', () => server.out === 'ready\nclosed\ndata hello\nclosed\n')
  })
})

/** Tries everything on each path that it is given, and prints what could be done. */
const THIEF = `
  const fs = require('node:fs')
  const net = require('node:net')
  const { paths, pids, ports } = JSON.parse(process.argv[1])
  const done = []
  const attempt = (what, path, act) => {
    try { act(); done.push(what + ' ' + path) } catch {}
  }
  for (const path of paths) {
    attempt('read', path, () => fs.readFileSync(path))
    attempt('list', path, () => fs.readdirSync(path))
    attempt('append to', path, () => fs.appendFileSync(path, 'x'))
    attempt('make a file in', path, () => fs.writeFileSync(path + '/mine', 'x'))
    attempt('link', path, () => fs.linkSync(path, '/tmp/tieline-25-link-' + process.pid))
    attempt('rename', path, () => fs.renameSync(path, path + '.old'))
    attempt('change the mode of', path, () => fs.chmodSync(path, 0o777))
    attempt('cut', path, () => fs.truncateSync(path))
    attempt('remove', path, () => fs.rmSync(path, { recursive: true }))
  }
  for (const pid of pids) {
    for (const name of ['environ', 'mem', 'fd', 'cwd']) {
      const path = '/proc/' + pid + '/' + name
      attempt('read', path, () => name === 'fd' ? fs.readdirSync(path) : fs.readFileSync(path))
    }
    attempt('end', String(pid), () => process.kill(pid, 'SIGTERM'))
  }
  let open = paths.length + ports.length * 3
  const over = (what) => {
    if (what) done.push(what)
    if (--open === 0) console.log(JSON.stringify(done))
  }
  for (const path of paths) {
    const socket = net.connect(path)
    socket
      .once('connect', () => { over('connect to ' + path); socket.destroy() })
      .once('error', () => over())
  }
  // Anybody may connect to a port of this machine: what he gets there without its token is the question.
  const asked = {
    'open a WebSocket': 'GET /ws HTTP/1.1\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n' +
      'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n',
    'call a function': 'POST /__zap_rpc HTTP/1.1\\r\\nContent-Length: 19\\r\\nConnection: close\\r\\n',
    'read the metrics': 'GET /metrics HTTP/1.1\\r\\nConnection: close\\r\\n',
  }
  for (const port of ports) {
    for (const [what, head] of Object.entries(asked)) {
      const socket = net.connect(port, '127.0.0.1')
      let text = ''
      socket.write(head + 'Host: 127.0.0.1:' + port + '\\r\\n\\r\\n' + (what[0] === 'c' ? '{"method":"secret"}' : ''))
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        text += bytes
        socket.end()
      })
      socket.on('close', () => over(!/^HTTP.1.1 4/.test(text) && what + ' at port ' + port))
    }
  }
`

function pathsBelow(top: string): string[] {
  return readdirSync(top, { withFileTypes: true }).flatMap((entry) => {
    const path = join(top, entry.name)
    return entry.isDirectory() ? [path, ...pathsBelow(path)] : [path]
  })
}

async function stolen(
  paths: readonly string[],
  pids: readonly number[],
  ports: readonly number[],
): Promise<string[]> {
  const { out } = await nobody(THIEF, [JSON.stringify({ paths, pids, ports })]).ended()
  return JSON.parse(out) as string[]
}

/** Each system in the folder that it is given: its processes and ports, how it is used, how it ends. */
const SYSTEMS: Readonly<
  Record<
    string,
    (folder: string) => Promise<{
      pids?: () => Promise<number[]>
      ports?: readonly number[]
      use(): Promise<void>
      end(): Promise<void>
    }>
  >
> = {
  async 'a contract at a local endpoint'(folder) {
    const Greeter = contract({
      name: 'greeter',
      version: '1.0',
      methods: { hello: declared({ output: type<string>() }) },
    })
    const environment = { platform: 'linux', env: { XDG_RUNTIME_DIR: folder }, uid: 0 }
    const at = local('local:greeter', { environment })
    const server = await serveContract(Greeter, { hello: () => 'hi' }, { at })
    return {
      async use() {
        const client = await connect(Greeter, { at, reconnect: false })
        expect(await client.hello()).toBe('hi')
        await client.$connection.close()
      },
      end: () => server.close(),
    }
  },

  async 'a contract at a mailbox'(folder) {
    const Greeter = contract({
      name: 'greeter',
      version: '1.0',
      methods: { hello: declared({ output: type<string>() }) },
    })
    const protocol = native({ over: 'messages' })
    const at = (side: string) => `mailbox:${folder}/mailbox#${side}`
    const server = await serveContract(
      Greeter,
      { hello: () => 'hi' },
      { at: at('backend'), protocol },
    )
    const client = await connect(Greeter, { at: at('frontend'), protocol, reconnect: false })
    return {
      async use() {
        expect(await client.hello()).toBe('hi')
      },
      async end() {
        await client.$connection.close()
        await server.close()
      },
    }
  },

  async 'the player driver'(folder) {
    const server = await serveDriver(new DriverHost(), { at: `unix:${folder}/own/fsct.sock` })
    return {
      async use() {
        const client = await IpcDriver.connect({ at: server.endpoint })
        expect(await client.registerPlayer('mine')).toBeGreaterThan(0)
        await client.close()
      },
      end: () => server.close(),
    }
  },

  async 'the supervisor'(folder) {
    const daemon = await startDaemon({
      place: { endpoint: `unix:${folder}/own/superctl.sock`, shared: false },
      directory: join(folder, 'state'),
      version: '0.0.0',
      log: () => {},
    })
    const client = await connect(SupervisorContract, { at: daemon.endpoint, reconnect: false })
    const script = 'echo a line of the log; exec sleep 600'
    const config = {
      name: 'a',
      command: '/bin/sh',
      args: ['-c', script],
      env: { PASSWORD: 'secret' },
    }
    await client.start({ config })
    const lines = () => client.logs({ name: 'a', lines: 5 })
    await expect.poll(async () => JSON.stringify(await lines())).toContain('a line of the log')
    await client.save()
    return {
      pids: async () => (await client.status({})).map(({ pid }) => pid as number),
      async use() {
        expect(await client.status({})).toMatchObject([{ name: 'a', state: 'running' }])
      },
      async end() {
        await client.$connection.close()
        await daemon.close('stop')
      },
    }
  },

  async 'the file channel'(folder) {
    const sender = await FileChannel.open(join(folder, 'channel'), 'backend')
    await sender.sendEvent('told', { to: 'one user' })
    return {
      async use() {
        const text = readFileSync(join(folder, 'channel/backend_to_frontend.json'), 'utf8')
        expect(text).toContain('one user')
      },
      end: async () => void (await sender.close()),
    }
  },

  async 'the channel host'(folder) {
    const token = tokenFile(join(folder, 'channel-host/token'))
    const host = new ChannelHost({ token, withoutOrigin: true })
    const at = `unix:${folder}/own/agents.sock`
    await host.serveAgents({ at })
    const agent = await connectAgent({ at })
    const { endpoint, port } = await agent.listen(0, {
      message: (channel, bytes) => channel.send(bytes),
    })
    return {
      ports: [port],
      async use() {
        const channel = await websocket(endpoint, { token }).connect()
        const heard = new Promise((resolve) => {
          channel.open({ message: resolve, drained() {}, closed() {} })
        })
        channel.send(Buffer.from('mine'))
        await heard
        await channel.close()
      },
      async end() {
        await agent.close()
        await host.close()
      },
    }
  },

  async 'the web bridge'(folder) {
    const module = join(folder, 'handlers.mjs')
    writeFileSync(module, "export const routes = { 'GET /pid': () => process.pid, 'WS /ws': {} }", {
      mode: 0o600,
    })
    const bridge = await startBridge({
      port: 0,
      at: `unix:${folder}/own/bridge.sock`,
      modules: [module],
      rpc: [{ secret: () => 'secret' }],
      log: silentLog,
    })
    const { port } = new URL(bridge.url)
    return {
      pids: async () => bridge.health().processes.map(({ pid }) => pid as number),
      ports: [Number(port)],
      async use() {
        expect((await fetch(`${bridge.url}/pid`)).status).toBe(200)
        const rpc = await connectRpc({ at: bridge.endpoint })
        expect(await rpc.call('secret')).toBe('secret')
        await rpc.close()
      },
      end: () => bridge.close(),
    }
  },

  async 'the sockets of the web bridge’s original'(folder) {
    const at = `unix:${folder}/own/zap.sock`
    const handlers = await serveOriginalHandlers({ 'GET /': () => 'mine' }, { at })
    const functions = await serveOriginalRpc([{ secret: () => 'secret' }], { at })
    return {
      async use() {
        const rpc = await connectOriginalRpc({ at })
        expect(await rpc.call('secret')).toBe('secret')
        await rpc.close()
      },
      async end() {
        await functions.close()
        await handlers.close()
      },
    }
  },
}

describe('another user', () => {
  it.skipIf(cannotBeNobody).each(Object.keys(SYSTEMS))(
    'of %s can read, write, replace and end nothing',
    async (name) => {
      // One that others may enter, as /run and /tmp are; what is made below it is the system's own work.
      mkdirSync(join(directory, 'own'), { mode: 0o755 })
      const umask = process.umask(0)
      const system = await (SYSTEMS[name] as (typeof SYSTEMS)[string])(directory).finally(() =>
        process.umask(umask),
      )
      try {
        await system.use()
        const paths = pathsBelow(directory).filter((one) => one !== join(directory, 'own'))
        expect(paths.length).toBeGreaterThan(0)
        const pids = [process.pid, ...((await system.pids?.()) ?? [])]
        expect(await stolen(paths, pids, system.ports ?? [])).toEqual([])
        expect(pathsBelow(directory)).toEqual(expect.arrayContaining(paths))
        await system.use()
      } finally {
        await system.end()
      }
    },
  )

  it('who made the directory first is found out, and nothing is put there', async ({ skip }) => {
    if (cannotBeNobody) skip(cannotBeNobody)
    const refused = { code: 'permission-denied' }
    for (const trap of [
      (place: string) => chownSync(place, NOBODY, NOBODY),
      (place: string) => chmodSync(place, 0o777),
    ]) {
      const place = mkdtempSync(join(directory, 'trap-'))
      chmodSync(place, 0o755)
      trap(place)
      const daemon = startDaemon({
        place: { endpoint: `unix:${directory}/fine.sock`, shared: false },
        directory: place,
        version: '0.0.0',
        log: () => {},
      })
      await expect(daemon).rejects.toMatchObject(refused)
      await expect(FileChannel.open(place, 'backend')).rejects.toMatchObject(refused)
      const at = `unix:${place}/x.sock`
      await expect(serveDriver(new DriverHost(), { at })).rejects.toMatchObject(refused)
      expect(readdirSync(place)).toEqual([])
    }
  })
})
