// Who can reach a socket by its path: the checks of directory and socket before a server binds or a
// client connects, and the removal of a socket that is still the one that was made.
import {
  type BigIntStats,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { TielineError } from '../../errors.js'
import type { LocalAddress } from '../endpoint.js'
import { invalidEndpoint } from '../scheme.js'

const GROUP_AND_OTHERS = 0o077
const WRITE_BY_GROUP_OR_OTHERS = 0o022
const WRITE_BY_OTHERS = 0o002
const STICKY = 0o1000

/** Whose files are trusted: one's own, and root's, who could do anything anyway. */
function trusted(uid: number, own: number): boolean {
  return uid === own || uid === 0
}

function denied(endpoint: string, problem: string, cause?: unknown): TielineError {
  const message = `cannot use ${endpoint}: ${problem}`
  return new TielineError('permission-denied', message, { origin: 'channel', endpoint, cause })
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function modeText(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`
}

/**
 * Makes sure that the server may bind there: makes the directory of a `local:` endpoint, 0700, and
 * refuses one that is another user's, a symlink, or open to others. True when only this user can
 * enter the directory. Throws `permission-denied` or `invalid-endpoint`.
 */
export function prepareDirectory(
  endpoint: string,
  address: LocalAddress,
  uid: number,
  allowShared: boolean,
): boolean {
  const { ownDirectory } = address
  if (ownDirectory === undefined) {
    return checkSharedDirectory(endpoint, dirname(address.path), uid, allowShared)
  }
  const parent = dirname(ownDirectory)
  const above = statOf(endpoint, parent, '; XDG_RUNTIME_DIR or TMPDIR says so')
  checkParent(endpoint, parent, above, uid)
  try {
    mkdirSync(ownDirectory, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw systemError(endpoint, 'make', ownDirectory, error)
  }
  const problem = ownDirectoryProblem(ownDirectory, uid)
  if (problem !== undefined) throw denied(endpoint, problem)
  return true
}

// The one who may rename entries of the parent could put a directory of his own in place of ours.
function checkParent(endpoint: string, parent: string, stat: Stats, uid: number): void {
  const hint = 'set XDG_RUNTIME_DIR or TMPDIR to a directory of your own'
  if (!trusted(stat.uid, uid)) {
    throw denied(endpoint, `${parent} belongs to uid ${stat.uid}, not ${uid}; ${hint}`)
  }
  if (stat.mode & WRITE_BY_GROUP_OR_OTHERS && !(stat.mode & STICKY)) {
    throw denied(endpoint, `others can write to ${parent} (mode ${modeText(stat.mode)}); ${hint}`)
  }
}

function ownDirectoryProblem(directory: string, uid: number): string | undefined {
  const stat = lstatSync(directory)
  if (stat.isSymbolicLink()) return `${directory} is a symlink; remove it`
  if (!stat.isDirectory()) return `${directory} is not a directory; remove it`
  if (stat.uid !== uid) return `${directory} belongs to uid ${stat.uid}, not ${uid}`
  if (stat.mode & GROUP_AND_OTHERS) {
    return `${directory} is open to others (mode ${modeText(stat.mode)}); chmod it to 0700`
  }
  return undefined
}

function checkSharedDirectory(
  endpoint: string,
  directory: string,
  uid: number,
  allowed: boolean,
): boolean {
  const stat = statOf(endpoint, directory)
  if (!stat.isDirectory()) throw invalidEndpoint(endpoint, `${directory} is not a directory`)
  const closed = stat.uid === uid && (stat.mode & GROUP_AND_OTHERS) === 0
  if (allowed) return closed
  const hint = 'use a directory of your own, or set allowSharedDirectory'
  const link = lstatSync(directory)
  if (link.isSymbolicLink() && !trusted(link.uid, uid)) {
    throw denied(endpoint, `${directory} is a symlink of uid ${link.uid}; ${hint}`)
  }
  if (!trusted(stat.uid, uid)) {
    throw denied(endpoint, `${directory} belongs to uid ${stat.uid}, not ${uid}; ${hint}`)
  }
  if (stat.mode & WRITE_BY_GROUP_OR_OTHERS) {
    const who = `others can write to ${directory} (mode ${modeText(stat.mode)})`
    throw denied(endpoint, `${who}; ${hint}`)
  }
  for (let above = realpathSync(directory); above !== '/'; ) {
    above = dirname(above)
    const { mode } = statSync(above)
    if (mode & WRITE_BY_OTHERS && !(mode & STICKY)) {
      throw denied(endpoint, `others can write to ${above} (mode ${modeText(mode)}); ${hint}`)
    }
  }
  return closed
}

function statOf(endpoint: string, directory: string, source = ''): Stats {
  try {
    return statSync(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw invalidEndpoint(endpoint, `the directory ${directory} does not exist${source}`, error)
    }
    throw systemError(endpoint, 'use', directory, error)
  }
}

/** What the file system answered, as one of ours. */
export function systemError(
  endpoint: string,
  doing: string,
  path: string,
  error: unknown,
): TielineError {
  const code = codeOf(error)
  if (code === 'ENOENT') return invalidEndpoint(endpoint, `${path} does not exist`, error)
  if (code === 'ENOTDIR') {
    return invalidEndpoint(endpoint, `${path}: a part of it is not a directory`, error)
  }
  const known = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE'
  if (!known) return denied(endpoint, `cannot ${doing} ${path} (${code ?? String(error)})`, error)
  const message = `cannot ${doing} ${path} for ${endpoint} (${code})`
  return new TielineError('resource-exhausted', message, {
    origin: 'channel',
    endpoint,
    cause: error,
  })
}

/** Tells one socket file from another that took its path later. */
export interface SocketIdentity {
  readonly dev: bigint
  readonly ino: bigint
  /** An inode's number is used again, often at once; its time of birth is not. */
  readonly birth: bigint
}

function identityOf(stat: BigIntStats): SocketIdentity {
  return { dev: stat.dev, ino: stat.ino, birth: stat.birthtimeNs }
}

/** The socket at the path, or undefined when there is nothing. Throws for anything else, untouched. */
export function ownSocketAt(
  endpoint: string,
  path: string,
  uid: number,
): SocketIdentity | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) {
    throw denied(endpoint, `${path} is a symlink (to ${readlinkSync(path)}); remove it`)
  }
  if (!stat.isSocket()) {
    const kind = stat.isDirectory() ? 'directory' : 'file'
    throw invalidEndpoint(endpoint, `${path} is a ${kind}, not a socket; move it away`)
  }
  if (stat.uid !== BigInt(uid)) {
    throw denied(endpoint, `${path} is a socket of uid ${stat.uid}, not ${uid}`)
  }
  return identityOf(stat)
}

/** Whether the path still leads to that socket. */
export function isStill(path: string, socket: SocketIdentity): boolean {
  try {
    const now = identityOf(lstatSync(path, { bigint: true }))
    return now.dev === socket.dev && now.ino === socket.ino && now.birth === socket.birth
  } catch {
    // It is gone, or cannot be seen any more: in either case it is not ours to remove.
    return false
  }
}

/**
 * Runs `close`, which makes Node unlink the path whatever is there by now. When that is not the
 * socket we made, it is kept under a second name meanwhile and put back.
 */
export function closeAround(path: string, socket: SocketIdentity, close: () => void): void {
  if (isStill(path, socket)) {
    close()
    return
  }
  const kept = `${path}.kept`
  let linked = false
  try {
    linkSync(path, kept)
    linked = true
  } catch {
    // Nothing is there, or it is another user's, which the unlink cannot remove either.
  }
  close()
  if (!linked) return
  renameSync(kept, path)
  // Where the path was never unlinked, the rename changed nothing and both names are there.
  rmSync(kept, { force: true })
}

/**
 * What a client checks before it connects to a server of the same user: that no other user could
 * have put the socket there. Undefined when all is well, or nothing is there yet.
 */
export function serverPathProblem(address: LocalAddress, uid: number): string | undefined {
  const directory = address.ownDirectory ?? dirname(address.path)
  const stat = (address.ownDirectory === undefined ? statSync : lstatSync)(directory, {
    throwIfNoEntry: false,
  })
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) return `${directory} is a symlink`
  if (!trusted(stat.uid, uid)) return `${directory} belongs to uid ${stat.uid}, not ${uid}`
  // In a sticky directory, such as /tmp, only the owner of a socket can put another in its place.
  if (stat.mode & WRITE_BY_GROUP_OR_OTHERS && !(stat.mode & STICKY)) {
    return `others can write to ${directory} (mode ${modeText(stat.mode)})`
  }
  const socket = statSync(address.path, { throwIfNoEntry: false })
  if (socket !== undefined && !trusted(socket.uid, uid)) {
    return `${address.path} belongs to uid ${socket.uid}, not ${uid}`
  }
  return undefined
}
