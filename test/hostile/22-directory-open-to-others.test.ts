// Row 22: a server does not bind where others could put a socket of their own in its place.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { type LocalOptions, local } from 'tieline/transport'
import { beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { NOBODY } from '../support/nobody.js'

const isRoot = process.geteuid?.() === 0

let directory: string
beforeEach(() => {
  directory = ownFolder()
})

const listenAt = (endpoint: string, options: LocalOptions = {}) =>
  local(endpoint, options).listen({ accept: () => {} })

const denied = (message: RegExp) => ({
  code: 'permission-denied',
  message: expect.stringMatching(message),
})

/** For `local:`, with the base directory given in one variable or the other. */
function below(base: string, variable: 'XDG_RUNTIME_DIR' | 'TMPDIR'): LocalOptions {
  const env = { [variable]: base }
  return { environment: { platform: process.platform, env, uid: process.geteuid?.() } }
}

describe('a server at a path', () => {
  it('refuses a directory that its group or others can write to', async () => {
    for (const mode of [0o770, 0o775, 0o777, 0o1777]) {
      chmodSync(directory, mode)
      const message = /others can write to .*tl-.*; use a directory of your own, or set allow/
      await expect(listenAt(`unix:${directory}/x`)).rejects.toMatchObject(denied(message))
      expect(readdirSync(directory)).toEqual([])
    }
  })

  it('takes one that others can only read', async () => {
    chmodSync(directory, 0o755)
    await (await listenAt(`unix:${directory}/x`)).close()
  })

  it('refuses /tmp itself, and takes it when told to', async () => {
    const path = `/tmp/tieline-22-${process.pid}.sock`
    await expect(listenAt(`unix:${path}`)).rejects.toMatchObject(denied(/can write to \/tmp /))
    expect(existsSync(path)).toBe(false)
    const listener = await listenAt(`unix:${path}`, { allowSharedDirectory: true })
    expect(existsSync(path)).toBe(true)
    await listener.close()
    expect([existsSync(path), existsSync(`${path}.lock`)]).toEqual([false, false])
  })

  it('refuses a directory below one that others can write to and rename in', async () => {
    mkdirSync(join(directory, 'inner'), { mode: 0o700 })
    chmodSync(directory, 0o777)
    const endpoint = `unix:${directory}/inner/x`
    await expect(listenAt(endpoint)).rejects.toMatchObject(
      denied(/others can write to .*tl-[^/]* /),
    )
    chmodSync(directory, 0o1777)
    await (await listenAt(endpoint)).close()
  })

  it("refuses another user's directory, or symlink to one", async ({ skip }) => {
    if (!isRoot) skip('only root can give a directory to another user')
    const [theirs, mine, link] = ['theirs', 'mine', 'link'].map((name) => join(directory, name))
    mkdirSync(theirs as string)
    mkdirSync(mine as string)
    chownSync(theirs as string, NOBODY, NOBODY)
    await expect(listenAt(`unix:${theirs}/x`)).rejects.toMatchObject(
      denied(/theirs belongs to uid 65534, not 0/),
    )
    symlinkSync(theirs as string, link as string)
    await expect(listenAt(`unix:${link}/x`)).rejects.toMatchObject(denied(/link belongs to uid/))
    rmSync(link as string)
    symlinkSync(mine as string, link as string)
    await (await listenAt(`unix:${link}/x`)).close()
  })
})

describe('a server at a local name', () => {
  it('refuses a base directory that others can write to, unless it is sticky as /tmp is', async () => {
    for (const variable of ['XDG_RUNTIME_DIR', 'TMPDIR'] as const) {
      chmodSync(directory, 0o777)
      const message = /others can write to .* \(mode 0777\); set XDG_RUNTIME_DIR or TMPDIR/
      const open = below(directory, variable)
      await expect(listenAt('local:app', open)).rejects.toMatchObject(denied(message))
      expect(readdirSync(directory)).toEqual([])
      chmodSync(directory, 0o1777)
      await (await listenAt('local:app', open)).close()
      rmSync(join(directory, readdirSync(directory)[0] as string), { recursive: true })
    }
  })

  it("refuses another user's base directory", async ({ skip }) => {
    if (!isRoot) skip('only root can give a directory to another user')
    chownSync(directory, NOBODY, NOBODY)
    await expect(listenAt('local:app', below(directory, 'TMPDIR'))).rejects.toMatchObject(
      denied(/belongs to uid 65534, not 0; set XDG_RUNTIME_DIR/),
    )
  })
})

describe('a client of a local name', () => {
  it("refuses a directory that another user has put where the server's would be", async ({
    skip,
  }) => {
    if (!isRoot) skip('only root can give a directory to another user')
    const options = below(directory, 'XDG_RUNTIME_DIR')
    const listener = await listenAt('local:app', options)
    chownSync(join(directory, 'app'), NOBODY, NOBODY)
    await expect(local('local:app', options).connect()).rejects.toMatchObject(
      denied(/may not connect to local:app: .*app belongs to uid 65534, not 0/),
    )
    const anyone = await local('local:app', { ...options, server: 'anyone' }).connect()
    anyone.abort(new Error('over'))
    chownSync(join(directory, 'app'), 0, 0)
    chmodSync(join(directory, 'app'), 0o777)
    await expect(local('local:app', options).connect()).rejects.toMatchObject(
      denied(/others can write to .*app/),
    )
    await listener.close()
  })
})
