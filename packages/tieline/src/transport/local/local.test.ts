import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Channel } from '../../channel/channel.js'
import { channelSuite } from '../../testing/channel-suite.js'
import { Recorder, settle } from '../../testing/recorder.js'
import { transportSuite } from '../../testing/transport-suite.js'
import type { Listener, ListenOptions } from '../transport.js'
import { credentialsAvailable } from './credentials.js'
import { type LocalOptions, local } from './local.js'

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  const environment = {
    platform: process.platform,
    env: { XDG_RUNTIME_DIR: directory },
    uid: process.geteuid?.(),
  }
  return { environment, cleanup: () => rmSync(directory, { recursive: true, force: true }) }
}

async function pair() {
  const { environment, cleanup } = place()
  const transport = local('local:suite', { environment })
  let accepted!: (channel: Channel) => void
  const right = new Promise<Channel>((resolve) => {
    accepted = resolve
  })
  const listener = await transport.listen({ accept: accepted })
  const left = await transport.connect()
  return {
    left,
    right: await right,
    async cleanup() {
      await listener.close()
      cleanup()
    },
  }
}

channelSuite('a local socket, from the client', pair)
channelSuite('a local socket, from the server', async () => {
  const { left, right, cleanup } = await pair()
  return { left: right, right: left, cleanup }
})

transportSuite('local', () => {
  const { environment, cleanup } = place()
  const transport = local('local:suite', { environment })
  return { server: transport, client: transport, cleanup }
})

/** Runs a program in a process of its own, with `directory` and `endpoint` defined. */
function run(program: string, directory: string, flags: readonly string[] = []): ChildProcess {
  const prologue = `
    import { local } from 'tieline/transport'
    const directory = ${JSON.stringify(directory)}
    const endpoint = 'local:suite'
    const quiet = { message() {}, drained() {}, closed() {} }
  `
  const args = [...flags, '--input-type=module', '-e', prologue + program]
  return spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, XDG_RUNTIME_DIR: directory },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

const said = async (child: ChildProcess) =>
  ((await once(child.stdout as Readable, 'data')) as [Buffer])[0].toString()

describe('local', () => {
  const places: ReturnType<typeof place>[] = []
  const children: ChildProcess[] = []
  const listeners: Listener[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const listener of listeners.splice(0)) await listener.close()
    for (const { cleanup } of places.splice(0)) cleanup()
  })

  function newPlace() {
    const made = place()
    places.push(made)
    return { environment: made.environment, directory: made.environment.env.XDG_RUNTIME_DIR }
  }

  function start(program: string, directory: string, flags: readonly string[] = []) {
    const child = run(program, directory, flags)
    children.push(child)
    return child
  }

  async function listen(
    endpoint: string,
    options: LocalOptions,
    more: Partial<ListenOptions> = {},
  ) {
    const listener = await local(endpoint, options).listen({ accept: () => {}, ...more })
    listeners.push(listener)
    return listener
  }

  it('makes the directory 0700 and the socket 0600, and removes the socket at close', async () => {
    const { environment, directory } = newPlace()
    const listener = await listen('local:app', { environment })
    expect(statSync(join(directory, 'app')).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, 'app/app.sock')).mode & 0o777).toBe(0o600)
    await listener.close()
    expect(readdirSync(join(directory, 'app'))).toEqual([])
  })

  it('gives a unix socket the mode that is asked for, and refuses one for local', async () => {
    const { directory } = newPlace()
    await listen(`unix:${directory}/x`, { mode: 0o660 })
    expect(statSync(join(directory, 'x')).mode & 0o777).toBe(0o660)
    expect(() => local('local:app', { mode: 0o660 })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  it("has the kernel's word on both ends", async ({ skip }) => {
    if (!credentialsAvailable()) skip('needs Linux and koffi')
    const { environment } = newPlace()
    const accepted: Channel[] = []
    await listen('local:app', { environment }, { accept: (channel) => accepted.push(channel) })
    const channel = await local('local:app', { environment }).connect()
    const expected = { uid: process.geteuid?.(), gid: process.getegid?.(), pid: process.pid }
    expect(channel.remote).toMatchObject({ endpoint: 'local:app', credentials: expected })
    await expect.poll(() => accepted.length).toBe(1)
    expect(accepted[0]?.remote).toMatchObject({ endpoint: 'local:app', credentials: expected })
    for (const one of [channel, ...accepted]) one.abort(new Error('over'))
  })

  it('asks before it accepts, and before it uses a server', async ({ skip }) => {
    if (!credentialsAvailable()) skip('needs Linux and koffi')
    const { environment } = newPlace()
    const failures: Error[] = []
    const asked: unknown[] = []
    const allow = (who: unknown) => asked.push(who) > 1
    const accept = (channel: Channel) => channel.open(new Recorder())
    await listen('local:app', { environment, allow }, { accept, failed: (e) => failures.push(e) })
    const refused = await local('local:app', { environment }).connect()
    const recorder = new Recorder()
    refused.open(recorder)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(failures).toMatchObject([{ code: 'permission-denied' }])
    const server = () => false
    await expect(local('local:app', { environment, server }).connect()).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('the server is uid'),
    })
    expect(asked).toHaveLength(2)
  })

  it('leaves alone a socket that has taken the place of its own', async () => {
    const { directory } = newPlace()
    const path = join(directory, 'x')
    const ours = await listen(`unix:${path}`, {})
    rmSync(path)
    const foreign = createServer().listen(path)
    await once(foreign, 'listening')
    const before = statSync(path).ino
    await ours.close()
    expect(statSync(path).ino).toBe(before)
    expect(readdirSync(directory)).toEqual(['x'])
    const channel = await local(`unix:${path}`).connect()
    channel.abort(new Error('over'))
    foreign.close()
  })

  it('closes when its directory is gone', async () => {
    const { environment, directory } = newPlace()
    const listener = await listen('local:app', { environment })
    rmSync(join(directory, 'app'), { recursive: true })
    await listener.close()
  })

  it('listens to the exit of the process while it serves, and no longer', async () => {
    const { directory } = newPlace()
    const before = process.listenerCount('exit')
    const all = await Promise.all(['a', 'b', 'c'].map((n) => listen(`unix:${directory}/${n}`, {})))
    expect(process.listenerCount('exit')).toBe(before + 1)
    for (const listener of all) await listener.close()
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('removes socket and lock when the process exits, held or not', async () => {
    for (const end of ['process.exit()', 'listener.hold(false)', 'throw 1']) {
      const { directory } = newPlace()
      const child = start(
        `const listener = await local(endpoint).listen({ accept() {} })
         process.once('uncaughtException', () => process.exit(1))
         process.stdout.write('ready')
         process.stdin.once('data', () => { process.stdin.destroy(); ${end} })`,
        directory,
      )
      await said(child)
      expect(readdirSync(join(directory, 'suite')).sort()).toEqual([
        'suite.sock',
        'suite.sock.lock',
      ])
      child.stdin?.write('end')
      await once(child, 'exit')
      expect(readdirSync(join(directory, 'suite'))).toEqual([])
    }
  })

  it('does not keep a process alive that lets go of its channel', async () => {
    const { environment, directory } = newPlace()
    await listen(
      'local:suite',
      { environment },
      { accept: (channel) => channel.open(new Recorder()) },
    )
    const child = start(
      `const channel = await local(endpoint).connect()
       channel.open(quiet)
       channel.hold(false)`,
      directory,
    )
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  it('serves from a worker thread, where only the directory guards the socket', async () => {
    const { environment, directory } = newPlace()
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      import('tieline/transport').then(async ({ local }) => {
        const { environment, directory } = workerData
        const listener = await local('local:app', { environment }).listen({ accept() {} })
        require('node:fs').chmodSync(directory, 0o755)
        const shared = local('unix:' + directory + '/x').listen({ accept() {} })
        parentPort.postMessage(await shared.catch((error) => error.code))
        parentPort.once('message', async () => { await listener.close(); process.exit() })
      })
    `
    const worker = new Worker(program, { eval: true, workerData: { environment, directory } })
    expect((await once(worker, 'message'))[0]).toBe('unsupported')
    expect(statSync(join(directory, 'app/app.sock')).mode & 0o777).toBe(0o600)
    const channel = await local('local:app', { environment }).connect()
    channel.abort(new Error('over'))
    worker.postMessage('close')
    await once(worker, 'exit')
    expect(readdirSync(join(directory, 'app'))).toEqual([])
  })

  it('takes over from a worker thread that was ended without a word', async () => {
    const { environment } = newPlace()
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      import('tieline/transport').then(async ({ local }) => {
        await local('local:app', { environment: workerData }).listen({ accept() {} })
        parentPort.postMessage('ready')
      })
    `
    const worker = new Worker(program, { eval: true, workerData: environment })
    await once(worker, 'message')
    await expect(listen('local:app', { environment })).rejects.toMatchObject({
      code: 'endpoint-in-use',
    })
    await worker.terminate()
    await listen('local:app', { environment })
  })

  it('waits with connecting while the queue of a busy server is full', async ({ skip }) => {
    if (process.platform !== 'linux') skip('elsewhere a full queue is told as a refusal')
    const { environment, directory } = newPlace()
    const child = start(
      "await local(endpoint).listen({ accept: (c) => c.open(quiet) }); process.stdout.write('ready')",
      directory,
    )
    await said(child)
    child.kill('SIGSTOP')
    // Node's queue has 511 places.
    const transport = local('local:suite', { environment })
    const waiting = Array.from({ length: 600 }, () => transport.connect())
    await settle()
    child.kill('SIGCONT')
    for (const channel of await Promise.all(waiting)) channel.abort(new Error('over'))
  })

  it('lives on when there are no descriptors left', async ({ skip }) => {
    if (process.platform !== 'linux') skip('uses prlimit')
    const { environment, directory } = newPlace()
    const child = start(
      `await local(endpoint).listen({ accept: (c) => c.open(quiet) })
       process.stdout.write('ready')`,
      directory,
    )
    await said(child)
    const open = readdirSync(`/proc/${child.pid}/fd`).length
    spawnSync('/usr/bin/prlimit', ['--pid', String(child.pid), `--nofile=${open + 3}:${open + 3}`])
    const transport = local('local:suite', { environment })
    const recorders: Recorder[] = []
    const channels = await Promise.all(Array.from({ length: 10 }, () => transport.connect()))
    for (const channel of channels) {
      const recorder = new Recorder()
      recorders.push(recorder)
      channel.open(recorder)
    }
    const lost = () => recorders.filter(({ ends }) => ends.length > 0).length
    await expect.poll(lost).toBeGreaterThan(0)
    for (const channel of channels) channel.abort(new Error('over'))
    await settle()
    const channel = await transport.connect()
    const recorder = new Recorder()
    channel.open(recorder)
    await settle()
    expect(recorder.ends).toEqual([])
    channel.abort(new Error('over'))
  })

  it('works without koffi, and says what it cannot do then', async () => {
    const { directory } = newPlace()
    // Out of reach of node_modules.
    cpSync(new URL('../../../dist/src', import.meta.url), join(directory, 'dist'), {
      recursive: true,
    })
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
    const program = `
      import { local } from '${pathToFileURL(join(directory, 'dist/transport/local/local.js'))}'
      const at = 'unix:${directory}/x'
      const code = (promise) => promise.then(() => 'fine', (error) => error.code)
      const accept = (channel) => console.log(String(channel.remote.credentials))
      const results = [
        await code(local(at).listen({ accept })),
        await code(local(at, { server: 'same-user' }).connect()),
        await code(local(at, { server: () => true }).connect()),
        await code(local(at + 2, { allow: () => true }).listen({ accept })),
        await code(local(at + 3, { allow: 'same-user', mode: 0o666 }).listen({ accept })),
        await code(local(at + 4, { mode: 0o666 }).listen({ accept })),
      ]
      console.log(results.join())
      process.exit()
    `
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
    expect(stdout.toString().trim().split('\n').at(-1)).toBe(
      'fine,fine,permission-denied,unsupported,unsupported,fine',
    )
  })
})
