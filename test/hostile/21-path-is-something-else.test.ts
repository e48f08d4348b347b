// Row 21: where the socket should be, or its directory, is a file, a symlink, a directory or another
// user's: refused with an error that says so, and untouched.
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { local } from 'tieline/transport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { NOBODY } from '../support/nobody.js'

const isRoot = process.geteuid?.() === 0

let directory: string
let path: string
let servers: Server[] = []
beforeEach(() => {
  directory = ownFolder()
  path = join(directory, 'x.sock')
})
afterEach(() => {
  for (const server of servers) server.close()
  servers = []
})

const listenAt = (endpoint: string) =>
  local(endpoint, {
    environment: {
      platform: process.platform,
      env: { XDG_RUNTIME_DIR: directory },
      uid: process.geteuid?.(),
    },
  }).listen({ accept: () => {} })

async function refuses(endpoint: string, code: string, message: RegExp): Promise<void> {
  await expect(listenAt(endpoint)).rejects.toMatchObject({
    code,
    endpoint,
    message: expect.stringMatching(message),
  })
}

async function plainServer(at: string): Promise<void> {
  const server = createServer().listen(at)
  await once(server, 'listening')
  servers.push(server)
}

describe('a server refuses a socket path that', () => {
  it('is a file', async () => {
    writeFileSync(path, 'precious')
    await refuses(
      `unix:${path}`,
      'invalid-endpoint',
      /x\.sock is a file, not a socket; move it away/,
    )
    expect(readFileSync(path, 'utf8')).toBe('precious')
    expect(readdirSync(directory)).toEqual(['x.sock'])
  })

  it('is a directory', async () => {
    mkdirSync(path)
    await refuses(`unix:${path}`, 'invalid-endpoint', /x\.sock is a directory, not a socket/)
    expect(lstatSync(path).isDirectory()).toBe(true)
  })

  it('is a symlink, to nothing, to a file, or to a live socket', async () => {
    const target = join(directory, 'target')
    symlinkSync(target, path)
    const message = /x\.sock is a symlink \(to .*target\)/
    await refuses(`unix:${path}`, 'permission-denied', message)
    writeFileSync(target, 'precious')
    await refuses(`unix:${path}`, 'permission-denied', message)
    expect(readFileSync(target, 'utf8')).toBe('precious')
    rmSync(target)
    await plainServer(target)
    await refuses(`unix:${path}`, 'permission-denied', message)
    expect([readlinkSync(path), lstatSync(target).isSocket()]).toEqual([target, true])
  })

  it("is another user's socket, stale or not", async ({ skip }) => {
    if (!isRoot) skip('only root can give a socket to another user')
    await plainServer(path)
    chownSync(path, NOBODY, NOBODY)
    const before = lstatSync(path)
    await refuses(`unix:${path}`, 'permission-denied', /is a socket of uid 65534, not 0/)
    expect(lstatSync(path)).toMatchObject({ ino: before.ino, ctimeMs: before.ctimeMs })
  })

  it('is a live socket of a program that knows nothing of locks', async () => {
    await plainServer(path)
    const { ino } = lstatSync(path)
    await refuses(`unix:${path}`, 'endpoint-in-use', /another server listens there/)
    expect(lstatSync(path).ino).toBe(ino)
    expect(readdirSync(directory)).toEqual(['x.sock'])
  })

  it('has a lock beside it that is something else', async () => {
    writeFileSync(`${path}.lock`, 'precious')
    await refuses(`unix:${path}`, 'permission-denied', /x\.sock\.lock is not a lock/)
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe('precious')
  })

  it('is in a directory that does not exist, or below a file', async () => {
    await refuses(`unix:${directory}/no/x`, 'invalid-endpoint', /\/no does not exist/)
    writeFileSync(path, '')
    await refuses(`unix:${path}/x`, 'invalid-endpoint', /x\.sock is not a directory/)
  })
})

describe('a server refuses a directory of a local name that', () => {
  it('is a file', async () => {
    writeFileSync(join(directory, 'app'), 'precious')
    await refuses('local:app', 'permission-denied', /app is not a directory; remove it/)
    expect(readFileSync(join(directory, 'app'), 'utf8')).toBe('precious')
  })

  it('is a symlink, even to a directory that would do', async () => {
    mkdirSync(join(directory, 'other'), { mode: 0o700 })
    symlinkSync(join(directory, 'other'), join(directory, 'app'))
    await refuses('local:app', 'permission-denied', /app is a symlink; remove it/)
    expect(readdirSync(join(directory, 'other'))).toEqual([])
  })

  it('is open to others, and does not close it', async () => {
    for (const mode of [0o755, 0o710, 0o701, 0o777]) {
      mkdirSync(join(directory, 'app'))
      chmodSync(join(directory, 'app'), mode)
      await refuses('local:app', 'permission-denied', /app is open to others \(mode 07..\); chmod/)
      expect(lstatSync(join(directory, 'app')).mode & 0o777).toBe(mode)
      rmSync(join(directory, 'app'), { recursive: true })
    }
  })

  it("is another user's", async ({ skip }) => {
    if (!isRoot) skip('only root can give a directory to another user')
    mkdirSync(join(directory, 'app'), { mode: 0o700 })
    chownSync(join(directory, 'app'), NOBODY, NOBODY)
    await refuses('local:app', 'permission-denied', /app belongs to uid 65534, not 0/)
  })
})
