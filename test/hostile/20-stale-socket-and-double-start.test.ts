// Row 20: a server killed with SIGKILL leaves a socket that the next one replaces at once; of servers
// that start at the same moment one wins, and nobody removes the winner's socket.
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { until } from 'tieline/testing'
import { local } from 'tieline/transport'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'

const directory = ownFolder()
const environment = {
  platform: process.platform,
  env: { XDG_RUNTIME_DIR: directory },
  uid: process.geteuid?.(),
}
const env = { ...process.env, XDG_RUNTIME_DIR: directory }
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const program = (text: string) => ['--input-type=module', '-e', text]
const SERVE = `
  import { local } from 'tieline/transport'
  await local(process.argv[1]).listen({ accept: (channel) => channel.abort(new Error('go')) })
  console.log(process.pid)
`

async function said(child: ChildProcess): Promise<string> {
  return ((await once(child.stdout as Readable, 'data')) as [Buffer])[0].toString()
}

/** Binds, which waits for nothing, and checks that a client gets through. */
async function bindAtOnce(endpoint: string): Promise<void> {
  const transport = local(endpoint, { environment })
  const listener = await transport.listen({ accept: (channel) => channel.abort(new Error('go')) })
  const channel = await transport.connect()
  channel.abort(new Error('over'))
  await listener.close()
}

describe('a server killed with SIGKILL', () => {
  it('leaves a socket that the next start replaces at once', async () => {
    const child = spawn(process.execPath, [...program(SERVE), 'local:killed'], { env })
    children.push(child)
    await said(child)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(readdirSync(join(directory, 'killed'))).toHaveLength(2)
    await bindAtOnce('local:killed')
    expect(readdirSync(join(directory, 'killed'))).toEqual([])
  })

  it('is not waited for while nobody has buried it', async ({ skip }) => {
    if (process.platform !== 'linux') skip('needs /proc to know when it is dead')
    // The shell starts the server, then becomes a `sleep`, which does not wait for children.
    const line = '"$0" "$@" & exec sleep 60'
    const args = ['-c', line, process.execPath, ...program(SERVE), 'local:zombie']
    const parent = spawn('sh', args, { env })
    children.push(parent)
    const pid = Number(await said(parent))
    process.kill(pid, 'SIGKILL')
    // Its main thread is dead first; the last of the others closes the socket.
    const isDead = () =>
      readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ') &&
      readdirSync(`/proc/${pid}/task`).length === 1
    await until('it is dead', isDead)
    await bindAtOnce('local:zombie')
  })

  it('leaves nothing that stops the next start, whenever it was killed', async () => {
    const restless = `
      import { local } from 'tieline/transport'
      console.log('started')
      for (;;) await (await local('local:restless').listen({ accept() {} })).close()
    `
    for (let i = 0; i < 10; i++) {
      const child = spawn(process.execPath, program(restless), { env })
      children.push(child)
      await said(child)
      await new Promise((resolve) => setTimeout(resolve, 10 + 3 * i))
      child.kill('SIGKILL')
      await once(child, 'exit')
      await bindAtOnce('local:restless')
    }
  })
})

describe('servers that start at the same moment', () => {
  const ROUNDS = 1000
  const STARTER = `
    import { local } from 'tieline/transport'
    let listener
    process.on('message', async (endpoint) => {
      if (endpoint === 'close') {
        await listener.close()
        process.send('closed')
        return
      }
      const accept = (channel) => { channel.send(Buffer.from(String(process.pid))); void channel.close() }
      try {
        listener = await local(endpoint).listen({ accept })
        process.send('won')
      } catch (error) {
        process.send(error.code)
      }
    })
    process.send('ready')
  `
  const starters: ChildProcess[] = []

  async function answers(of: readonly ChildProcess[]): Promise<unknown[]> {
    const all = await Promise.all(of.map((child) => once(child, 'message')))
    return all.map(([message]) => message)
  }

  beforeAll(async () => {
    for (let i = 0; i < 4; i++) {
      const options = { env, execArgv: program(STARTER) }
      starters.push(fork('', [], options))
    }
    await answers(starters)
  })
  afterAll(() => {
    for (const child of starters) child.kill('SIGKILL')
  })

  /** What a killed server leaves: a socket without a server, and the lock of a dead process. */
  async function leaveStale(name: string): Promise<void> {
    const home = join(directory, name)
    mkdirSync(home, { mode: 0o700 })
    const other = createServer().listen(join(directory, 'other'))
    await once(other, 'listening')
    linkSync(join(directory, 'other'), join(home, `${name}.sock`))
    other.close()
    symlinkSync(`${deadPid}:0123456789ab:long ago`, join(home, `${name}.sock.lock`))
  }
  const deadPid = spawnSync(process.execPath, ['--version']).pid

  async function whoServes(endpoint: string): Promise<number> {
    const channel = await local(endpoint, { environment }).connect()
    return new Promise((resolve) => {
      let text = ''
      channel.open({
        message: (chunk) => {
          text += Buffer.from(chunk).toString()
        },
        drained: () => {},
        closed: () => resolve(Number(text)),
      })
    })
  }

  it(`are told apart ${ROUNDS} times: one wins, its socket stays`, {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round-${round}`
      const endpoint = `local:${name}`
      if (round % 2 === 0) await leaveStale(name)
      const told = answers(starters)
      for (const child of starters) child.send(endpoint)
      const results = await told
      expect([...results].sort()).toEqual([...Array(3).fill('endpoint-in-use'), 'won'])
      const winner = starters[results.indexOf('won')] as ChildProcess
      const socket = join(directory, name, `${name}.sock`)
      const { ino } = statSync(socket)
      expect(await whoServes(endpoint)).toBe(winner.pid)
      expect(statSync(socket).ino).toBe(ino)
      const closed = answers([winner])
      winner.send('close')
      await closed
      expect(readdirSync(join(directory, name))).toEqual([])
      rmSync(join(directory, name), { recursive: true })
    }
  })
})
