import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive, type Lock, psState, takeLock } from './lock.js'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  path = join(directory, 'x.sock.lock')
})
afterEach(() => rmSync(directory, { recursive: true }))

const isLock = (taken: unknown): taken is Lock => 'release' in (taken as object)

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

describe('takeLock', () => {
  it('takes a free lock, once, and names who has it', async () => {
    const lock = await takeLock(path)
    expect(isLock(lock)).toBe(true)
    expect(await takeLock(path)).toMatchObject({ pid: process.pid })
    if (isLock(lock)) lock.release()
    expect(readdirSync(directory)).toEqual([])
    expect(isLock(await takeLock(path))).toBe(true)
  })

  it('takes over the lock of a dead process, and leaves nothing behind', async () => {
    symlinkSync(`${deadPid()}:0123456789ab:long ago`, path)
    const lock = await takeLock(path)
    expect(isLock(lock)).toBe(true)
    expect(readlinkSync(path)).toMatch(new RegExp(`^${process.pid}:`))
    expect(readdirSync(directory)).toHaveLength(1)
  })

  it('takes over the lock of a process whose number another has now', async () => {
    symlinkSync(`${process.ppid}:0123456789ab:long ago`, path)
    expect(isLock(await takeLock(path))).toBe(true)
  })

  it('lets one of many have a dead lock, however they meet', async () => {
    for (let round = 0; round < 20; round++) {
      symlinkSync(`${deadPid()}:0123456789ab:long ago`, path)
      const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(path)))
      const locks = taken.filter(isLock)
      expect(locks).toHaveLength(1)
      locks[0]?.release()
      expect(readdirSync(directory)).toEqual([])
    }
  })

  it('finds a way past guards that dead processes left behind', async () => {
    symlinkSync(`${deadPid()}:0123456789ab:`, path)
    symlinkSync(`${deadPid()}:0123456789ac:`, `${path}.0123456789ab`)
    symlinkSync(`${deadPid()}:0123456789ad:`, `${path}.0123456789ab.0123456789ac`)
    expect(isLock(await takeLock(path))).toBe(true)
    expect(readdirSync(directory)).toHaveLength(1)
  })

  it("distrusts its own process's lock only when told to", async () => {
    await takeLock(path)
    expect(isLock(await takeLock(path))).toBe(false)
    expect(isLock(await takeLock(path, true))).toBe(true)
    rmSync(path)
    symlinkSync(`${process.ppid}:0123456789ab:`, path)
    expect(isLock(await takeLock(path, true))).toBe(false)
  })

  it('refuses what is not a lock, and leaves it', async () => {
    writeFileSync(path, 'mine')
    await expect(takeLock(path)).rejects.toThrow(/not a lock of this user; move it away/)
    rmSync(path)
    symlinkSync('/etc/passwd', path)
    await expect(takeLock(path)).rejects.toThrow(/not a lock of a server; move it away/)
    expect(readlinkSync(path)).toBe('/etc/passwd')
  })

  it('does not take away a lock that is not its own any more', async () => {
    const lock = await takeLock(path)
    rmSync(path)
    const other = await takeLock(path)
    if (isLock(lock)) lock.release()
    expect(existsSync(directory) && readdirSync(directory)).toEqual(['x.sock.lock'])
    if (isLock(other)) other.release()
    rmSync(directory, { recursive: true })
    if (isLock(other)) other.release()
    directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  })
})

describe('isAlive', () => {
  it('knows the living from the dead', async () => {
    expect(await isAlive({ pid: process.pid })).toBe(true)
    expect(await isAlive({ pid: 1 })).toBe(true)
    expect(await isAlive({ pid: process.pid, born: 'at another time' })).toBe(false)
    expect(await isAlive({ pid: deadPid() })).toBe(false)
    expect(await isAlive({ pid: 0 })).toBe(false)
  })

  it('counts a process as dead that nobody has buried', async ({ skip }) => {
    if (process.platform !== 'linux') skip('needs /proc')
    // `sleep` has taken the shell's place and does not wait for the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'])
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer]
    const zombie = { pid: Number(pid.toString()) }
    while (await isAlive(zombie)) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(() => process.kill(zombie.pid, 0)).not.toThrow()
    parent.kill('SIGKILL')
  })
})

describe('psState', () => {
  it('tells when a process was started, always the same', async ({ skip }) => {
    if (spawnSync('ps', ['-o', 'stat=', '-p', '1']).status !== 0) skip('there is no ps here')
    const state = await psState(process.pid)
    expect(state).toEqual({ born: expect.stringMatching(/\d\d:\d\d:\d\d/), zombie: false })
    expect(await psState(process.pid)).toEqual(state)
    expect(await psState(deadPid())).toBe(undefined)
  })
})
