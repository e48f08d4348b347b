// One of a mailbox's two files: how it is replaced, cleaned of what is no message, and what its
// reader has recorded. Everything that changes it happens under its lock.
import { type Clock, systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { type BadPiece, type FileContent, fileText, parseFile } from './entry.js'
import { type FileLock, freshToken, LockTicket, takeFileLock } from './lock.js'
import {
  FILE_BYTES,
  type MailboxOptions,
  type MailboxPaths,
  type MailboxReport,
  type MailboxSide,
  modesOf,
  pathsOf,
} from './options.js'
import { fileError, type MailboxSystem, machine } from './system.js'

/** Milliseconds a live owner may keep the lock before a write is given up. The original waits 500. */
const LOCK_PATIENCE_MS = 5000
/** Milliseconds between tries of a rename that was refused: 1, 2, 4 … 256, half a second in all. */
const RENAME_TRIES = 9
/**
 * Length of the reader's record at which it is begun anew, without what has left the file. 16 KiB:
 * some 200 messages, and the writer reads all of it each time.
 */
const RECORD_BYTES = 16 * 1024

/** What the reader of a file has recorded beside it. */
export interface Consumed {
  /** Read and done with: may be taken out of the file. */
  readonly done: readonly string[]
  /** Handed to a program that has not said that it is done. */
  readonly taken: readonly string[]
}

/** One of a mailbox's two files, with its lock and the record of what was read. */
export class MailboxFile {
  readonly paths: MailboxPaths
  readonly system: MailboxSystem
  readonly clock: Clock
  readonly report: (report: MailboxReport) => void
  readonly #mode: number
  readonly #sync: boolean
  #last: { text: string; content: FileContent } | undefined
  #turn: Promise<void> = Promise.resolve()
  #ticket: LockTicket | undefined
  /** Of the reader's record; none of this process's is there yet. */
  #recordBytes = Number.POSITIVE_INFINITY

  /** `writer`: the side that writes this file. */
  constructor(directory: string, writer: MailboxSide, options: MailboxOptions) {
    this.paths = pathsOf(directory, writer)
    this.system = options.system ?? machine
    this.clock = options.clock ?? systemClock
    this.report = options.report ?? (() => {})
    this.#mode = modesOf(options.access).file
    this.#sync = options.sync ?? false
  }

  /** For who writes often: makes locks cheap, and leaves a file of its own there until `close`. */
  writeOften(): void {
    this.#ticket ??= new LockTicket(this.system, this.paths.lock, this.#mode, this.clock)
  }

  close(): void {
    this.#ticket?.close()
  }

  /** The messages, and what is none. Throws a TielineError when the file cannot be read or is too large. */
  read(): FileContent & { readonly text: string } {
    const { messages } = this.paths
    let text: string | undefined
    try {
      const size = this.system.stat(messages)?.size ?? 0
      if (size > FILE_BYTES) {
        const message = `${messages} has ${size} bytes, more than the ${FILE_BYTES} that are read`
        throw new TielineError('too-large', message, { origin: 'protocol' })
      }
      text = this.system.read(messages)
    } catch (error) {
      throw fileError('read', messages, error)
    }
    return this.#parsed(text ?? '')
  }

  #parsed(text: string): FileContent & { readonly text: string } {
    // Compared as a whole: a file's times and number may be those of another one of the same moment.
    if (this.#last?.text !== text) this.#last = { text, content: parseFile(text) }
    return { ...this.#last.content, text }
  }

  /** What the reader has recorded; undefined when no reader of ours has ever been here. */
  readConsumed(): Consumed | undefined {
    const { consumed } = this.paths
    let text: string | undefined
    try {
      text = this.system.read(consumed)
    } catch (error) {
      throw fileError('read', consumed, error)
    }
    return text === undefined ? undefined : parseConsumed(text)
  }

  /** Called by the one reader: begins the record anew. Throws a TielineError. */
  async writeConsumed(consumed: Consumed): Promise<void> {
    const text = `${JSON.stringify({ version: 1, ...consumed })}\n`
    await this.#replace(this.paths.consumed, text)
    this.#recordBytes = text.length
  }

  /**
   * Called by the one reader: adds to the record, which is far cheaper than a new one. False when it
   * is time to begin it anew: it has become long, or its end is torn.
   */
  addConsumed(added: Consumed): boolean {
    if (this.#recordBytes > RECORD_BYTES) return false
    const text = `${JSON.stringify(added)}\n`
    // Should it fail halfway, nothing may be added behind the torn end.
    const bytes = this.#recordBytes + text.length
    this.#recordBytes = Number.POSITIVE_INFINITY
    try {
      this.system.append(this.paths.consumed, text, this.#mode)
    } catch (error) {
      throw fileError('write', this.paths.consumed, error)
    }
    this.#recordBytes = bytes
    return true
  }

  /** Runs `change` while no one else changes the file. Rejects with `unavailable` when a live process keeps the lock. */
  async underLock<T>(change: (lock: FileLock) => Promise<T>): Promise<T> {
    const before = this.#turn
    let done!: () => void
    this.#turn = new Promise((resolve) => {
      done = resolve
    })
    try {
      await before
      const { lock: path } = this.paths
      let lock: FileLock
      try {
        lock = await takeFileLock(this.system, path, {
          clock: this.clock,
          mode: this.#mode,
          withinMs: LOCK_PATIENCE_MS,
          ticket: this.#ticket,
          recovered: (owner) => this.report({ kind: 'recovered', path, pid: owner.pid }),
        })
      } catch (error) {
        throw fileError('make', path, error)
      }
      try {
        return await change(lock)
      } finally {
        lock.release()
      }
    } finally {
      done()
    }
  }

  /** Replaces all messages, under the lock. False when the lock was taken away meanwhile: nothing was done. */
  async replace(lock: FileLock, texts: readonly string[]): Promise<boolean> {
    const text = fileText(texts)
    const done = await this.#replace(this.paths.messages, text, lock)
    if (done) this.#last = { text, content: parseFile(text) }
    return done
  }

  async #replace(path: string, text: string, lock?: FileLock): Promise<boolean> {
    const { system } = this
    const draft = `${this.paths.draft}.${freshToken((await system.self()).pid)}.tmp`
    try {
      system.write(draft, text, this.#mode, this.#sync)
      // The original takes any lock that is five seconds old, also of a process that was only stopped.
      if (lock !== undefined && !lock.isHeld()) {
        system.remove(draft)
        return false
      }
      await this.#rename(draft, path)
      return true
    } catch (error) {
      // Some shares do what they were told and say that they did not.
      if (wasWritten(system, path, text)) return true
      try {
        system.remove(draft)
      } catch {
        // A disk that cannot be written; the next start sweeps up.
      }
      throw fileError('write', path, error)
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        this.system.rename(from, to)
        return
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        const passing = code === 'EPERM' || code === 'EACCES' || code === 'EBUSY'
        const again = this.system.renameMayBeRefused && passing && tries < RENAME_TRIES
        if (!again) throw error
        await new Promise<void>((resolve) => this.clock.after(2 ** tries, resolve).hold(true))
      }
    }
  }

  /** Under the lock: appends what is no message to the `.quarantine` file. The caller writes the rest. */
  setAside(bad: readonly BadPiece[]): void {
    const { quarantine, messages } = this.paths
    const at = new Date(this.system.now()).toISOString()
    const lines = bad.map(({ reason, text }) => `${JSON.stringify({ at, reason, text })}\n`)
    try {
      this.system.append(quarantine, lines.join(''), this.#mode)
    } catch (error) {
      throw fileError('write', quarantine, error)
    }
    const reasons = [...new Set(bad.map(({ reason }) => reason))]
    const reason = reasons.join(', ')
    this.report({ kind: 'quarantined', path: messages, count: bad.length, reason })
  }
}

/** A line each for what was added; a later line tells more about the same message. */
function parseConsumed(text: string): Consumed {
  const done = new Set<string>()
  const taken = new Set<string>()
  const lines = text.split('\n')
  // What follows the last line feed is nothing, or was cut off when its writer died.
  lines.pop()
  for (const line of lines) {
    try {
      const added = JSON.parse(line) as Partial<Consumed>
      for (const id of ids(added.taken)) taken.add(id)
      for (const id of ids(added.done)) {
        taken.delete(id)
        done.add(id)
      }
    } catch {
      // Not written by us. Nothing is known from it: its messages come again rather than never.
    }
  }
  return { done: [...done], taken: [...taken] }
}

function ids(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : []
}

function wasWritten(system: MailboxSystem, path: string, text: string): boolean {
  try {
    return system.read(path) === text
  } catch {
    // It cannot be read either: the first error tells more.
    return false
  }
}
