// The lock beside a mailbox's file. It says who holds it: released by its owner alone, recovered when
// the owner is dead, never taken from the living. A program that writes only its process id is obeyed too.
import { type Clock, systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import type { Identity, MailboxSystem } from './system.js'

/** Who holds a lock file: `born` and `host` tell apart two processes that had the same id. */
export interface LockOwner {
  readonly pid: number
  /** Unlike any other lock's. Absent in the lock of a program that writes its process id alone. */
  readonly token?: string
  readonly born?: string
  readonly host?: string
}

export interface FileLock {
  readonly token: string
  /** False when someone has taken it by force, as the original program does after five seconds. */
  isHeld(): boolean
  /** Takes it away, if it is still this lock. Synchronous: it runs at process exit too. */
  release(): void
}

/**
 * How old a lock must be whose owner is dead or unknown and which does not say on which machine it
 * was made: 5 s, after which the original program takes any lock.
 */
const FOREIGN_LOCK_MS = 5000
/** Milliseconds between looks at a lock that another process has: at first, and at most. */
const FIRST_WAIT_MS = 1
const LONGEST_WAIT_MS = 20
/** Locks for the right to remove a lock, each left behind by one more process that died just then. */
const DEEPEST_GUARD = 4

/** Milliseconds for which a ticket's time is good: well under the original's five seconds. */
const TOUCH_MS = 1000

let tokens = 0

/** A text that no other lock or temporary file has. Not a secret. */
export function freshToken(pid: number): string {
  tokens += 1
  const random = Math.floor(Math.random() * 2 ** 40)
  return `${pid}-${tokens.toString(36)}-${random.toString(36)}`
}

function lockText(self: Identity, token: string): string {
  return `${self.pid}\n${token} ${self.host} ${self.born ?? ''}\n`
}

/** The lock's owner; undefined when the text names none (its maker may have been about to write it). */
function parseLock(text: string): LockOwner | undefined {
  const match = /^(\d{1,10})[ \t\r]*(?:\n(\S+) (\S+) (.*)\n)?/.exec(text)
  if (match === null) return undefined
  const [, pid, token, host, born] = match
  if (token === undefined || host === undefined) return { pid: Number(pid) }
  return { pid: Number(pid), token, host, ...(born ? { born } : {}) }
}

/** Who holds the lock, if anyone. */
export function lockOwner(system: MailboxSystem, path: string): LockOwner | undefined {
  const text = system.read(path)
  return text === undefined ? undefined : parseLock(text)
}

/** Whether the owner may still be there. Of another machine nobody can tell, so it is. */
export async function mayLive(system: MailboxSystem, owner: LockOwner): Promise<boolean> {
  const { host } = await system.self()
  if (owner.host !== undefined && owner.host !== host) return true
  return system.isAlive(owner)
}

interface Seen {
  text: string
  since: number
}

/**
 * Takes the lock, or says who has it (pid 0: unknown). `seen` is kept by the caller over its tries:
 * how long the same foreign lock has been there. `recovered` is told whose dead lock was removed.
 */
export async function tryLock(
  system: MailboxSystem,
  path: string,
  mode: number,
  clock: Clock,
  seen: Seen,
  recovered: (owner: LockOwner) => void = () => {},
  depth = 0,
  ticket?: LockTicket,
): Promise<FileLock | LockOwner> {
  const self = await system.self()
  const token = ticket?.tokenOf(self) ?? freshToken(self.pid)
  for (;;) {
    const text = lockText(self, token)
    const created = ticket?.createLock(text) ?? createLock(system, path, text, mode)
    if (created) {
      return {
        token,
        isHeld: () => lockOwner(system, path)?.token === token,
        release: () => removeLock(system, path, (owner) => owner?.token === token),
      }
    }
    const found = system.read(path)
    if (found === undefined) continue
    if (seen.text !== found) Object.assign(seen, { text: found, since: clock.now() })
    const owner = parseLock(found)
    if (owner !== undefined && (await mayLive(system, owner))) return owner
    if (owner?.token === undefined && !isOld(system, path, clock, seen)) return owner ?? { pid: 0 }
    if (depth === DEEPEST_GUARD) {
      throw new TielineError('unavailable', `remove ${path}, which nobody holds`)
    }
    // Only who holds the guard of just this lock may remove it: never a successor's by mistake.
    const name = owner?.token ?? `foreign-${owner?.pid ?? 0}`
    const guard = await tryLock(
      system,
      `${path}.${name}`,
      mode,
      clock,
      { text: '', since: 0 },
      () => {},
      depth + 1,
    )
    if (!('release' in guard)) return guard
    if (system.read(path) === found) {
      system.remove(path)
      if (depth === 0) recovered(owner ?? { pid: 0 })
    }
    guard.release()
  }
}

function isOld(system: MailboxSystem, path: string, clock: Clock, seen: Seen): boolean {
  if (clock.now() - seen.since >= FOREIGN_LOCK_MS) return true
  const stat = system.stat(path)
  return stat !== undefined && system.now() - stat.mtimeMs >= FOREIGN_LOCK_MS
}

/**
 * A file with a lock's content, kept by a writer for as long as it is open: each lock is a second
 * name for it, which costs far less than a new file.
 */
export class LockTicket {
  readonly #system: MailboxSystem
  readonly #lock: string
  readonly #mode: number
  readonly #clock: Clock
  #token: string | undefined
  /** When its time was last set; undefined while it is not there. */
  #touched: number | undefined
  #supported = true

  constructor(system: MailboxSystem, lock: string, mode: number, clock: Clock) {
    this.#system = system
    this.#lock = lock
    this.#mode = mode
    this.#clock = clock
  }

  /** The token of all its locks. One is held at a time. */
  tokenOf(self: Identity): string {
    this.#token ??= freshToken(self.pid)
    return this.#token
  }

  get #path(): string {
    return `${this.#lock}.${this.#token}.tmp`
  }

  /** Undefined where files have no second names. */
  createLock(text: string): boolean | undefined {
    if (!this.#supported) return undefined
    for (let tries = 0; ; tries++) {
      try {
        this.#refresh(text)
        this.#system.link(this.#path, this.#lock)
        return true
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') return false
        // Someone has swept it up.
        const swept = code === 'ENOENT' && tries === 0
        this.close()
        if (swept) continue
        if (!hasNoLinks(code)) throw error
        this.#supported = false
        return undefined
      }
    }
  }

  #refresh(text: string): void {
    const now = this.#clock.now()
    if (this.#touched === undefined) {
      this.#system.remove(this.#path)
      this.#system.write(this.#path, text, this.#mode, false)
    } else if (now - this.#touched > TOUCH_MS) {
      this.#system.touch(this.#path)
    } else {
      return
    }
    this.#touched = now
  }

  close(): void {
    if (this.#token === undefined) return
    this.#touched = undefined
    try {
      this.#system.remove(this.#path)
    } catch {
      // The directory is gone or read-only: it is litter then, which the next start sweeps up.
    }
  }
}

function hasNoLinks(code: string | undefined): boolean {
  return code === 'EPERM' || code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP'
}

/** Made with its content in one step, so that a kill leaves no lock without an owner. */
function createLock(system: MailboxSystem, path: string, text: string, mode: number): boolean {
  const draft = `${path}.${text.slice(text.indexOf('\n') + 1, text.indexOf(' '))}.tmp`
  try {
    system.write(draft, text, mode, false)
    system.link(draft, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    // A file system without second names (FAT, some shares): made empty and then written.
    if (!hasNoLinks(code)) throw error
    try {
      system.write(path, text, mode, false)
      return true
    } catch (second) {
      if ((second as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw second
    }
  } finally {
    // Also one that a full disk has cut off.
    system.remove(draft)
  }
}

function removeLock(
  system: MailboxSystem,
  path: string,
  is: (owner: LockOwner | undefined) => boolean,
): void {
  try {
    if (is(lockOwner(system, path))) system.remove(path)
  } catch {
    // Its directory is gone or became read-only: the next one finds the owner dead or done.
  }
}

export interface WaitForLock {
  readonly clock?: Clock
  readonly mode: number
  readonly recovered?: (owner: LockOwner) => void
  readonly ticket?: LockTicket | undefined
  /** Milliseconds after which it is `unavailable`. */
  readonly withinMs: number
}

/** Waits for its turn. Rejects with `unavailable`, naming the live owner. */
export async function takeFileLock(
  system: MailboxSystem,
  path: string,
  options: WaitForLock,
): Promise<FileLock> {
  const clock = options.clock ?? systemClock
  const start = clock.now()
  const seen: Seen = { text: '', since: start }
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const { mode, recovered, ticket } = options
    const lock = await tryLock(system, path, mode, clock, seen, recovered, 0, ticket)
    if ('release' in lock) return lock
    if (clock.now() - start >= options.withinMs) {
      const who = lock.pid === 0 ? 'a process that does not say who it is' : `process ${lock.pid}`
      const message = `${path} has been held by ${who} for ${options.withinMs} ms`
      throw new TielineError('unavailable', message, { origin: 'channel' })
    }
    // Spread, so that two that wait do not meet again each time.
    const pause = wait * (0.5 + Math.random())
    await new Promise<void>((resolve) => clock.after(pause, resolve).hold(true))
  }
}
