// The lock beside a socket, which decides between two servers that start at once. It is held for the
// server's life and says who holds it, so that the lock of a dead process can be told from a live one.
// It is a symlink to nowhere whose target is the content: made in one step, or not at all.
import { lstatSync, readFileSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'

/** A process, with what tells it from a later one of the same number. */
export interface Owner {
  readonly pid: number
  /** When it was started, in whatever form the platform gives; absent when it cannot be known. */
  readonly born?: string
}

interface LockContent extends Owner {
  /** Unlike any other lock's, so that a lock is never taken for its successor. */
  readonly token: string
}

export interface Lock {
  /** Takes the lock away, if it is still this lock's. Synchronous: it runs at process exit too. */
  release(): void
}

/** Locks for the right to remove a lock, each left behind by one more process that died just then. */
const DEEPEST_GUARD = 4

/**
 * Takes the lock, or says which live process has it. A dead owner's lock is removed first; with
 * `distrust`, so is one that this very process has. Throws an Error for a file that is not a lock.
 */
export async function takeLock(path: string, distrust = false, depth = 0): Promise<Lock | Owner> {
  // Not a secret: it only has to differ.
  const token = Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')
  const born = await ownBorn()
  const self: LockContent = { pid: process.pid, token, ...(born === undefined ? {} : { born }) }
  for (;;) {
    if (createLock(path, self)) return { release: () => removeLock(path, token) }
    const owner = readLock(path)
    if (owner === undefined) continue
    const own = distrust && owner.pid === self.pid && owner.born === self.born
    if (!own && (await isAlive(owner))) return owner
    if (depth === DEEPEST_GUARD) throw new Error(`remove ${path}, which nobody holds`)
    // Only who holds the guard of just this lock may remove it: never a successor's by mistake.
    const guard = await takeLock(`${path}.${owner.token}`, false, depth + 1)
    if (!('release' in guard)) return guard
    removeLock(path, owner.token)
    guard.release()
  }
}

function createLock(path: string, self: LockContent): boolean {
  try {
    symlinkSync(`${self.pid}:${self.token}:${self.born ?? ''}`, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeLock(path: string, token: string): void {
  try {
    if (readLock(path)?.token === token) unlinkSync(path)
  } catch {
    // It is not this lock any more, or its directory is gone: there is nothing of ours to remove.
  }
}

/** The lock's content; undefined when there is none. Throws for what is no lock, and does not touch it. */
function readLock(path: string): LockContent | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (!stat.isSymbolicLink() || stat.uid !== process.geteuid?.()) {
    throw new Error(`${path} is not a lock of this user; move it away`)
  }
  let content: string
  try {
    content = readlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const match = /^(\d+):([0-9a-f]{12}):(.*)$/.exec(content)
  if (match === null) throw new Error(`${path} is not a lock of a server; move it away`)
  const [, pid, token, born] = match as unknown as [string, string, string, string]
  return { pid: Number(pid), token, ...(born === '' ? {} : { born }) }
}

/** Whether that very process still runs. In doubt it does. */
export async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.pid <= 0) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = await processState(owner.pid)
  if (state === undefined) return true
  if (state.zombie) return false
  return owner.born === undefined || owner.born === state.born
}

let born: Promise<string | undefined> | undefined

/** When this process was started, as `Owner.born` has it. */
export function ownBorn(): Promise<string | undefined> {
  born ??= processState(process.pid).then((state) => state?.born)
  return born
}

interface ProcessState {
  readonly born: string
  /** Dead, with nobody having asked for its exit code yet. */
  readonly zombie: boolean
}

async function processState(pid: number): Promise<ProcessState | undefined> {
  return process.platform === 'linux' ? linuxState(pid) : psState(pid)
}

function linuxState(pid: number): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in brackets, may hold anything; what follows it is field 3 (state) and on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Field 22 counts from the boot, so the boot is part of it.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return { born: `${boot}/${fields[19]}`, zombie: fields[0] === 'Z' || fields[0] === 'X' }
  } catch {
    // No /proc here, or the process has just ended: the caller is careful.
    return undefined
  }
}

/** The same by `ps`, for systems without /proc. */
export async function psState(pid: number): Promise<ProcessState | undefined> {
  const { execFile } = await import('node:child_process')
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env }, (error, stdout) => {
      const match = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(stdout)
      if (error || match === null) resolve(undefined)
      else resolve({ born: match[2] as string, zombie: (match[1] as string).startsWith('Z') })
    })
  })
}
