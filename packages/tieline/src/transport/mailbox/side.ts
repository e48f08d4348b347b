// One side of a mailbox in one process: it writes to the other side, and reads for its own once it
// has claimed that. A side has any number of writers and one reader.
import { basename } from 'node:path'
import { TielineError, toError } from '../../errors.js'
import { defaultLimits } from '../../limits.js'
import { prepareDirectory, sweep } from './directory.js'
import { MailboxFile } from './file.js'
import { type FileLock, freshToken, type LockOwner, lockOwner, mayLive, tryLock } from './lock.js'
import { type MailboxOptions, type MailboxSide, modesOf, otherSide, ownerPath } from './options.js'
import { MailboxReader, type ReaderHooks } from './reader.js'
import { fileError, type MailboxSystem, machine } from './system.js'
import { MailboxWatch } from './watch.js'
import { MailboxWriter } from './writer.js'

/** Milliseconds that a close waits for room: as long as any close does. */
const CLOSE_MS = defaultLimits.drainMs

/** One side of a directory of messages: writes one file, reads the other. */
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
  #tellLost: ReaderHooks['lost']
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
      prepareDirectory(system, directory, endpoint, options)
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
      { path: ownerPath(directory, otherSide(side)), changed: () => this.#looked() },
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
      looked: () => this.#looked(),
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
    this.#tellLost = hooks.lost
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

  /** Who reads for the other side, if that process lives. Rejects with the error of the file. */
  async otherReader(): Promise<LockOwner | undefined> {
    const path = ownerPath(this.directory, otherSide(this.side))
    try {
      const owner = lockOwner(this.#system, path)
      return owner !== undefined && (await mayLive(this.#system, owner)) ? owner : undefined
    } catch (error) {
      throw fileError('read', path, error)
    }
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

  #looked(): void {
    if (this.#isThere()) this.#watchOther?.()
    else this.#lose()
  }

  #isThere(): boolean {
    try {
      return this.#system.stat(this.directory)?.kind === 'directory'
    } catch {
      // It cannot be known now. Who reads or writes a file there is told why.
      return true
    }
  }

  /** A directory made anew would be another mailbox: this one has ended. */
  #lose(): void {
    const message = `connection to ${this.remote} lost: the directory is gone`
    const error = new TielineError('connection-lost', message, {
      origin: 'channel',
      endpoint: this.endpoint,
      sent: 'no',
    })
    this.#watch.close()
    this.#reader?.stop()
    void this.writer.end(error)
    this.#options.report?.({ kind: 'trouble', error })
    this.#tellLost?.(error)
  }

  /**
   * Waits until what was sent is in the file, 10 s at most, then ends; what waits then is dropped, and
   * reported. With a reason: drops what waits at once. Never rejects; may be called again.
   */
  close(reason?: Error): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: Error | undefined): Promise<void> {
    const flushed = reason !== undefined || (await this.#flushed())
    const message = `${this.endpoint} is closed`
    const why = flushed ? '' : `: what waited was not in the file within ${CLOSE_MS} ms`
    const details = { origin: 'channel', endpoint: this.endpoint, sent: 'no' } as const
    const closed = new TielineError('connection-lost', message + why, details)
    if (!flushed) this.#options.report?.({ kind: 'trouble', error: closed })
    await this.writer.end(reason ?? closed)
    this.#outgoing.close()
    try {
      await this.release()
    } catch (error) {
      this.#options.report?.({ kind: 'trouble', error: toError(error) })
    }
    this.#watch.close()
  }

  /** False when it took too long. */
  #flushed(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#outgoing.clock.after(CLOSE_MS, () => resolve(false))
      // What waits may be nothing that holds the process; who closes waits for its end all the same.
      timer.hold(true)
      void this.writer.flushed().then(() => {
        timer.cancel()
        resolve(true)
      })
    })
  }
}
