// One side of a mailbox in one process: it writes to the other side, and reads for its own once it
// has claimed that. A side has any number of writers and one reader.
import { basename } from 'node:path'
import { TielineError, toError } from '../../errors.js'
import { MailboxFile } from './file.js'
import { type FileLock, freshToken, type LockOwner, lockOwner, mayLive, tryLock } from './lock.js'
import {
  INFO_FILE,
  type MailboxOptions,
  type MailboxSide,
  modesOf,
  otherSide,
  ownerPath,
} from './options.js'
import { MailboxReader, type ReaderHooks } from './reader.js'
import { fileError, type MailboxSystem, machine } from './system.js'
import { MailboxWatch } from './watch.js'
import { MailboxWriter } from './writer.js'

const WRITE_BY_OTHERS = 0o022
/** Age of a temporary file that nobody is writing any more. A minute: the largest takes a second. */
const LITTER_MS = 60_000
const INFO = { protocol: 'file-ipc', version: '1.0' }

export class Mailbox {
  readonly directory: string
  readonly side: MailboxSide
  readonly endpoint: string
  /** The other side, as an endpoint. */
  readonly remote: string
  readonly writer: MailboxWriter
  readonly #options: MailboxOptions
  readonly #system: MailboxSystem
  readonly #outgoing: MailboxFile
  readonly #incoming: MailboxFile
  readonly #watch: MailboxWatch
  #reader: MailboxReader | undefined
  #owner: FileLock | undefined
  #watchOther: (() => void) | undefined
  #sawOriginal = false
  #held = false
  /** Something waits for room, and for what the watch says of that. */
  #sending = false
  #closing: Promise<void> | undefined

  /**
   * Opens a side: makes the directory (0700) if need be. Rejects with `permission-denied` for a
   * directory that others can write to, unless `access` says so, and with the file system's error.
   */
  static async open(
    directory: string,
    side: MailboxSide,
    options: MailboxOptions = {},
  ): Promise<Mailbox> {
    const system = options.system ?? machine
    const endpoint = `mailbox:${directory}#${side}`
    try {
      prepare(system, directory, endpoint, options)
    } catch (error) {
      throw fileError('use', directory, error)
    }
    const { pid } = await system.self()
    await sweep(system, directory)
    return new Mailbox(directory, side, options, freshToken(pid))
  }

  private constructor(
    directory: string,
    side: MailboxSide,
    options: MailboxOptions,
    writer: string,
  ) {
    this.directory = directory
    this.side = side
    this.endpoint = `mailbox:${directory}#${side}`
    this.remote = `mailbox:${directory}#${otherSide(side)}`
    this.#options = options
    this.#system = options.system ?? machine
    this.#outgoing = new MailboxFile(directory, side, options)
    this.#outgoing.writeOften()
    this.#incoming = new MailboxFile(directory, otherSide(side), options)
    this.writer = new MailboxWriter(this.#outgoing, options.overflow, {
      originalReads: () => this.otherIsOriginal(),
      writer,
      hold: (alive) => {
        this.#sending = alive
        this.#holdWatch()
      },
    })
    const files = [
      { path: this.#incoming.paths.messages, changed: () => this.#reader?.look() },
      { path: this.#outgoing.paths.consumed, changed: () => this.writer.roomAgain() },
      { path: ownerPath(directory, otherSide(side)), changed: () => this.#watchOther?.() },
    ]
    const watched = files.map(({ path, changed }) => ({
      name: basename(path),
      changed: () => {
        this.#watch.touch()
        changed()
      },
    }))
    this.#watch = new MailboxWatch(this.#system, directory, watched, {
      clock: options.clock,
      looked: () => this.#watchOther?.(),
    })
    this.#watch.start()
  }

  /** The token of this process's claim to read; undefined before `claim`. */
  get claimToken(): string | undefined {
    return this.#owner?.token
  }

  /** Whether changes are found by looking alone, as on a network share. */
  get polling(): boolean {
    return this.#watch.polling
  }

  /** Becomes the side's one reader. Rejects with `endpoint-in-use`, naming the process that is. */
  async claim(hooks: ReaderHooks): Promise<void> {
    const path = ownerPath(this.directory, this.side)
    const clock = this.#outgoing.clock
    const mode = modesOf(this.#options.access).file
    let lock: FileLock | LockOwner
    try {
      lock = await tryLock(
        this.#system,
        path,
        mode,
        clock,
        { text: '', since: clock.now() },
        (owner) => this.#options.report?.({ kind: 'recovered', path, pid: owner.pid }),
      )
    } catch (error) {
      throw fileError('make', path, error)
    }
    if (!('release' in lock)) {
      const message = `${this.endpoint} is in use: process ${lock.pid} reads for the ${this.side}`
      throw new TielineError('endpoint-in-use', message, {
        origin: 'channel',
        endpoint: this.endpoint,
      })
    }
    this.#owner = lock
    const reader = new MailboxReader(this.#incoming, hooks)
    try {
      await reader.start()
    } catch (error) {
      await this.release()
      throw error
    }
    this.#reader = reader
    reader.look()
  }

  /** The reader is done with these messages. */
  done(ids: readonly string[]): void {
    this.#watch.touch()
    this.#reader?.done(ids)
  }

  /** Stops reading, and lets another process read for this side. */
  async release(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    if (reader?.sawOriginal) this.#sawOriginal = true
    await reader?.end()
    this.#owner?.release()
    this.#owner = undefined
  }

  /** Resolves when all that is in the file at this moment was handed out, as far as it can be read. */
  async settled(): Promise<void> {
    await this.#reader?.settled()
  }

  /** Who reads for the other side, if that process lives. */
  async otherReader(): Promise<LockOwner | undefined> {
    const owner = lockOwner(this.#system, ownerPath(this.directory, otherSide(this.side)))
    return owner !== undefined && (await mayLive(this.#system, owner)) ? owner : undefined
  }

  /** Calls `watcher` when the other side's reader may have changed, and at every look. */
  watchOther(watcher: (() => void) | undefined): void {
    this.#watchOther = watcher
  }

  /** Whether the other side is a program that records nothing: it writes, and does not sign. */
  otherIsOriginal(): boolean {
    if (this.#outgoing.readConsumed() !== undefined) return false
    this.#sawOriginal ||= this.#reader?.sawOriginal === true
    this.#sawOriginal ||= this.#incoming
      .read()
      .entries.some(({ message }) => !('writer' in message))
    return this.#sawOriginal
  }

  /** Whether the open side keeps the process alive (it does not at first). What waits to be written does anyway. */
  hold(alive: boolean): void {
    this.#held = alive
    this.#holdWatch()
  }

  #holdWatch(): void {
    this.#watch.hold(this.#held || this.#sending)
  }

  /**
   * Waits until what was sent is in the file, then ends. With a reason: drops what waits. Never
   * rejects; may be called again.
   */
  close(reason?: Error): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: Error | undefined): Promise<void> {
    if (reason === undefined) await this.writer.flushed()
    const message = `${this.endpoint} is closed`
    const closed = new TielineError('connection-lost', message, { origin: 'channel', sent: 'no' })
    await this.writer.end(reason ?? closed)
    this.#outgoing.close()
    try {
      await this.release()
    } catch (error) {
      this.#options.report?.({ kind: 'trouble', error: toError(error) })
    }
    this.#watch.close()
  }
}

function refused(endpoint: string, problem: string): TielineError {
  const message = `cannot use ${endpoint}: ${problem}`
  return new TielineError('permission-denied', message, { origin: 'channel', endpoint })
}

function prepare(
  system: MailboxSystem,
  directory: string,
  endpoint: string,
  options: MailboxOptions,
): void {
  const modes = modesOf(options.access)
  if (system.stat(directory) === undefined) system.makeDirectory(directory, modes.directory)
  const stat = system.stat(`${directory}/.`)
  if (stat?.kind !== 'directory') throw refused(endpoint, `${directory} is not a directory`)
  if ((options.access ?? 'user') === 'user' && process.platform !== 'win32') {
    const uid = process.geteuid?.()
    if (uid !== undefined && stat.uid !== uid) {
      throw refused(
        endpoint,
        `${directory} belongs to uid ${stat.uid}, not ${uid}; set access to 'group' or 'everyone'`,
      )
    }
    if (stat.mode & WRITE_BY_OTHERS) {
      const mode = `0${stat.mode.toString(8)}`
      throw refused(
        endpoint,
        `others can write to ${directory} (mode ${mode}); chmod it to 0700, or set access to 'group' or 'everyone'`,
      )
    }
  }
  const info = `${directory}/${INFO_FILE}`
  if (system.stat(info) !== undefined) return
  try {
    const text = JSON.stringify({ created: system.now(), ...INFO }, null, 2)
    system.write(info, text, modes.file, false)
  } catch (error) {
    // Another process was faster. Nothing depends on the file.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Removes temporary files whose writer is dead. */
async function sweep(system: MailboxSystem, directory: string): Promise<void> {
  try {
    for (const name of system.list(directory)) {
      const pid = /\.(\d+)-[0-9a-z]+-[0-9a-z]+\.tmp$/.exec(name)?.[1]
      if (pid === undefined) continue
      const path = `${directory}/${name}`
      const age = system.now() - (system.stat(path)?.mtimeMs ?? 0)
      if (age > LITTER_MS && !(await system.isAlive({ pid: Number(pid) }))) system.remove(path)
    }
  } catch {
    // Litter does no harm: no name is ever used twice.
  }
}
