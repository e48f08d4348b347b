// What a mailbox needs of the machine: files, who this process is, what time the wall says. One
// object, so that tests can kill a writer at any step and set the clock back.
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { TielineError } from '../../errors.js'
import { isAlive, type Owner, ownBorn } from '../local/lock.js'

/** A process on some machine. */
export interface Identity extends Owner {
  /** The machine, and the name space of process numbers within it: elsewhere `pid` says nothing. */
  readonly host: string
}

export interface FileState {
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly mtimeMs: number
  /** Differs after every change, as far as the file system can tell. */
  readonly version: string
}

export interface Watch {
  hold(alive: boolean): void
  close(): void
}

/** Synchronous where it is about files: what is done under a lock is done in one go. */
export interface MailboxSystem {
  /** Undefined when there is no such file. */
  read(path: string): string | undefined
  /** Makes a new file; EEXIST when there is one. `sync`: the disk has it afterwards. */
  write(path: string, text: string, mode: number, sync: boolean): void
  append(path: string, text: string, mode: number): void
  rename(from: string, to: string): void
  /** A second name for a file; EEXIST when that name is taken. */
  link(from: string, to: string): void
  /** Sets the time of its last change to now. */
  touch(path: string): void
  /** No error when there is nothing. */
  remove(path: string): void
  stat(path: string): FileState | undefined
  list(directory: string): string[]
  /** Parents included. One that is there already stays as it is, but for its mode. */
  makeDirectory(path: string, mode: number): void
  /** Undefined when the directory cannot be watched. `changed` gets a name, where the system tells. */
  watch(directory: string, changed: (name: string | undefined) => void): Watch | undefined
  /** Whether files there change from other machines, of which no watch tells. */
  isRemote(directory: string): boolean
  /** Whether a rename over a file that someone has open may fail for a moment, as on Windows. */
  readonly renameMayBeRefused: boolean
  self(): Promise<Identity>
  /** Whether that very process of this host still runs. In doubt it does. */
  isAlive(owner: Owner): Promise<boolean>
  /** The wall clock: milliseconds since 1970. */
  now(): number
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

// statfs types of file systems that other machines write to: NFS, SMB, CIFS, SMB2, FUSE (sshfs and
// its like), 9P (virtual machines' shared folders), AFS, virtiofs is FUSE too.
const REMOTE_TYPES = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x5346414f,
])

let self: Promise<Identity> | undefined

async function identity(): Promise<Identity> {
  const born = await ownBorn()
  let space = ''
  try {
    space = readlinkSync('/proc/self/ns/pid')
  } catch {
    // No /proc: then there are no name spaces of process numbers either.
  }
  const host = encodeURIComponent(`${hostname()}${space}`)
  return { pid: process.pid, host, ...(born === undefined ? {} : { born }) }
}

/** This machine. */
export const machine: MailboxSystem = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  },
  write(path, text, mode, sync) {
    const file = openSync(path, 'wx', mode)
    try {
      writeFileSync(file, text)
      if (sync) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    // The umask takes bits away that others were to have.
    if (mode !== 0o600) chmodSync(path, mode)
  },
  append: (path, text, mode) => appendFileSync(path, text, { mode }),
  rename: renameSync,
  link: linkSync,
  touch(path) {
    const now = new Date()
    utimesSync(path, now, now)
  },
  remove: (path) => rmSync(path, { force: true }),
  stat(path) {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) return undefined
    return {
      kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
      size: Number(stat.size),
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      mtimeMs: Number(stat.mtimeMs),
      version: `${stat.ino}:${stat.size}:${stat.mtimeNs}`,
    }
  },
  list: (directory) => readdirSync(directory),
  makeDirectory(path, mode) {
    makeWithParents(path, mode)
    if (mode !== 0o700) chmodSync(path, mode)
  },
  watch(directory, changed) {
    try {
      const watcher = watch(directory, { persistent: false }, (_, name) => {
        changed(name ?? undefined)
      })
      // The directory is gone, or the system's watches are used up: polling goes on.
      watcher.on('error', () => watcher.close())
      return {
        hold: (alive) => (alive ? watcher.ref() : watcher.unref()),
        close: () => watcher.close(),
      }
    } catch {
      // ENOSYS, ENOSPC (watches used up), EMFILE: polling has to do.
      return undefined
    }
  },
  isRemote(directory) {
    try {
      return REMOTE_TYPES.has(statfsSync(directory).type >>> 0)
    } catch {
      // Not told on this system: a watch that stays silent is found out.
      return false
    }
  },
  renameMayBeRefused: process.platform === 'win32',
  self: () => {
    self ??= identity()
    return self
  },
  isAlive,
  now: Date.now,
}

/** Node's `ENOTDIR: not a directory, lstat '/path'` without what is told anyway. */
function systemWords(error: unknown): string {
  const message = String((error as Error).message ?? error)
  return /^E[A-Z]+: (.+), [a-z]+( '|$)/.exec(message)?.[1] ?? message
}

/** What the file system answered, as one of ours that names the file. */
export function fileError(doing: string, path: string, error: unknown): TielineError {
  if (error instanceof TielineError) return error
  const code = codeOf(error)
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EMFILE' || code === 'ENFILE'
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
  const why =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'no space is left'
      : code === 'EROFS'
        ? 'the file system is read-only'
        : denied
          ? 'it is not permitted'
          : systemWords(error)
  return new TielineError(
    full ? 'resource-exhausted' : denied ? 'permission-denied' : 'unavailable',
    `cannot ${doing} ${path}: ${why}${code === undefined ? '' : ` (${code})`}`,
    { origin: 'channel', cause: error },
  )
}

// Node's own recursive mkdir never returns where a directory is there and nothing can be made in it,
// as in /proc.
function makeWithParents(path: string, mode: number, mayMakeParents = true): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || !mayMakeParents || parent === path) throw error
    makeWithParents(parent, mode)
    makeWithParents(path, mode, false)
  }
}
