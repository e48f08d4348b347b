// Row 25: another user who gets as far as connecting is refused before a byte of his is read, and a
// client refuses a server of another user when told to.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type LocalOptions, local } from 'tieline/transport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const NOBODY = 65534
// Another user's program, which knows nothing of this package. Bytes are sent without being asked for.
const asNobody = [
  '--reuid',
  `${NOBODY}`,
  '--regid',
  `${NOBODY}`,
  '--clear-groups',
  process.execPath,
]
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

const cannot =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'needs Linux, and root to be another user'
    : spawnSync('/usr/bin/setpriv', [...asNobody, '--version']).status !== 0
      ? 'needs setpriv, and a node that anyone may run'
      : undefined

let directory: string
let path: string
let children: ChildProcess[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tieline-25-'))
  chmodSync(directory, 0o755)
  path = join(directory, 'x')
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

function nobody(program: string): ChildProcess {
  const child = spawn('/usr/bin/setpriv', [...asNobody, '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

/** All that a client of another user has to say. */
async function nobodyConnects(): Promise<string[]> {
  const child = nobody(CLIENT)
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await once(child, 'close')
  return text.trim().split('\n')
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
    if (cannot) skip(cannot)
    const { listener, accepted } = await serve({})
    expect(await nobodyConnects()).toEqual(['EACCES', 'closed'])
    expect(accepted).toEqual([])
    await listener.close()
  })

  it('refuses another user whom the mode let in, before a byte is read', async ({ skip }) => {
    if (cannot) skip(cannot)
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
    if (cannot) skip(cannot)
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
    if (cannot) skip(cannot)
    chownSync(directory, NOBODY, NOBODY)
    const server = nobody(SERVER)
    const stdout = server.stdout as Readable
    let text = ''
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await once(stdout, 'data')
    const careful = local(`unix:${path}`, { server: 'same-user' }).connect()
    await expect(careful).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining(`the server is uid ${NOBODY}`),
    })
    const trusting = await local(`unix:${path}`).connect()
    trusting.open({ message() {}, drained() {}, closed() {} })
    trusting.send(Buffer.from('hello'))
    await trusting.close()
    await expect.poll(() => text).toBe('ready\nclosed\ndata hello\nclosed\n')
  })
})
