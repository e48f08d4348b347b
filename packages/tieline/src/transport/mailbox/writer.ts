// The writing half of a side: what is sent in one tick is one rewrite, messages that nobody has read
// are never pushed out, and a failed write loses nothing.
import { randomUUID } from 'node:crypto'
import type { Timer } from '../../clock.js'
import { TielineError, toError } from '../../errors.js'
import type { Entry, NewMessage } from './entry.js'
import type { Consumed, MailboxFile } from './file.js'
import type { FileLock } from './lock.js'
import { type MailboxOptions, MESSAGES_LIMIT, UNREAD_BYTES } from './options.js'

/** Milliseconds between tries while files cannot be written: at first, and at most. */
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 2000
/** Places that bulk messages leave free, so that a full mailbox can still be closed. */
const PLACES_LEFT = 4

/** A message on its way into a mailbox. */
export interface Sending {
  readonly id: string
  /** Resolves when the file has it; rejects when it was withdrawn or, unless it is to be tried again, failed. */
  readonly written: Promise<void>
  /** Takes it back. True: it was not written and never will be. `written` rejects with the reason. */
  withdraw(reason: Error): boolean
}

/** How one message is to be written to a mailbox. */
export interface SendOptions {
  /** On a failed write: try again until it works. Otherwise `written` rejects with the error. */
  readonly keep?: boolean
  /** Leaves the last places of a full file to others. */
  readonly bulk?: boolean
  /** May bring the file past its usual bytes: it ends something, and is short. */
  readonly urgent?: boolean
  /** Whether the process is kept alive until it is written. True unless told. */
  readonly hold?: boolean
}

interface Waiting {
  readonly id: string
  /** The entry's text without its id and timestamp. */
  readonly rest: string
  readonly options: SendOptions
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export interface WriterHooks {
  /** Whether the other side is known to record nothing. Asked when the file is full. */
  readonly originalReads: () => boolean
  /** Who writes; in every message, as the original does not. */
  readonly writer: string
  /** Whether something waits that keeps the process alive. */
  readonly hold: (alive: boolean) => void
}

export class MailboxWriter {
  readonly #file: MailboxFile
  readonly #overflow: NonNullable<MailboxOptions['overflow']>
  readonly #hooks: WriterHooks
  #queue: Waiting[] = []
  /** Being written at this moment: cannot be taken back. */
  #underWay = new Set<Waiting>()
  /** In the file, and not told yet. */
  readonly #written: Waiting[] = []
  #scheduled = false
  #busy = false
  #again = false
  #retry: Timer | undefined
  #retryMs = FIRST_RETRY_MS
  /** The queue waits for the reader. */
  #full = false
  #dropped = 0
  /** How many wait that keep the process alive. */
  #holding = 0
  #ended: Error | undefined
  #idle: (() => void)[] = []
  /** Who waits for the end of the try that is under way. */
  #tries: (() => void)[] = []

  constructor(file: MailboxFile, overflow: MailboxOptions['overflow'], hooks: WriterHooks) {
    this.#file = file
    this.#overflow = overflow ?? 'auto'
    this.#hooks = hooks
  }

  /** Messages that wait for the reader to make room. */
  get full(): boolean {
    return this.#full
  }

  /** Messages dropped from a full file, read or not. */
  get dropped(): number {
    return this.#dropped
  }

  /** Sends in order. Throws `invalid-argument` for a payload that JSON has no form for. */
  send(message: NewMessage, options: SendOptions = {}): Sending {
    if (this.#ended !== undefined) throw this.#ended
    const id = message.id ?? randomUUID()
    const rest = restOf(message, this.#hooks.writer)
    let resolve!: () => void
    let reject!: (error: Error) => void
    const written = new Promise<void>((yes, no) => {
      resolve = yes
      reject = no
    })
    // Who does not wait for it is not to be killed by it.
    const settled = written.catch(() => {})
    if (options.hold !== false) {
      this.#hold(1)
      void settled.then(() => this.#hold(-1))
    }
    const waiting = { id, rest, options, resolve, reject }
    this.#queue.push(waiting)
    this.#schedule()
    return { id, written, withdraw: (reason) => this.#withdraw(waiting, reason) }
  }

  #withdraw(waiting: Waiting, reason: Error): boolean {
    const at = this.#queue.indexOf(waiting)
    if (at < 0 || this.#underWay.has(waiting)) return false
    this.#queue.splice(at, 1)
    waiting.reject(reason)
    this.#checkIdle()
    return true
  }

  #hold(more: 1 | -1): void {
    this.#holding += more
    this.#hooks.hold(this.#holding > 0)
  }

  /** The reader has recorded something: there may be room. */
  roomAgain(): void {
    if (this.#full || this.#busy) this.#schedule()
  }

  /** Resolves when all is written that can be now: what waits then waits for room, or for the disk. */
  async tried(): Promise<void> {
    while (this.#scheduled || this.#busy) {
      await new Promise<void>((resolve) => this.#tries.push(resolve))
    }
  }

  /** Resolves when nothing waits any more. */
  async flushed(): Promise<void> {
    if (this.#queue.length === 0 && !this.#busy) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Rejects what waits. A write that is under way is finished. */
  async end(reason: Error): Promise<void> {
    this.#ended = reason
    this.#retry?.cancel()
    for (const waiting of [...this.#queue]) this.#withdraw(waiting, reason)
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve))
    else this.#checkIdle()
  }

  #schedule(): void {
    if (this.#busy) this.#again = true
    if (this.#scheduled || this.#busy || this.#queue.length === 0) return
    this.#scheduled = true
    this.#retry?.cancel()
    this.#retry = undefined
    this.#file.clock.soon(() => {
      this.#scheduled = false
      void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      while (this.#queue.length > 0) {
        this.#again = false
        const written = await this.#file.underLock((lock) => this.#append(lock))
        this.#retryMs = FIRST_RETRY_MS
        // Not before the lock is free: who waited for it may exit at once.
        for (const { resolve } of this.#written.splice(0)) resolve()
        this.#full = this.#queue.length > 0
        // Someone took the lock, or there is more to send, or room was made meanwhile.
        if (written && !this.#again) break
      }
    } catch (error) {
      this.#failed(toError(error))
    } finally {
      this.#busy = false
      this.#underWay.clear()
      this.#checkIdle()
      for (const resolve of this.#tries.splice(0)) resolve()
    }
  }

  #failed(error: Error): void {
    this.#file.report({ kind: 'trouble', error })
    const keeps = ({ options }: Waiting) => options.keep === true && this.#ended === undefined
    const lost = this.#queue.filter((waiting) => !keeps(waiting))
    this.#queue = this.#queue.filter(keeps)
    for (const { reject } of lost) reject(error)
    if (this.#queue.length === 0) return
    this.#retry = this.#file.clock.after(this.#retryMs, () => this.#schedule())
    this.#retry.hold(true)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  #checkIdle(): void {
    if (this.#queue.length > 0 || this.#busy) return
    this.#full = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Under the lock: what there is room for. False when the lock was lost meanwhile. */
  async #append(lock: FileLock): Promise<boolean> {
    const file = this.#file
    const { entries, bad, torn } = file.read()
    const consumed = file.readConsumed()
    const done = new Set(consumed?.done)
    const unread = entries.filter(({ message }) => !done.has(message.id))
    const drops = this.#drops(consumed)
    const batch = this.#batch(unread, drops)
    if (batch.length === 0 && bad.length === 0 && !torn) return true
    this.#underWay = new Set(batch)
    const known = new Set([...entries.map(({ message }) => message.id), ...done])
    // It grows whatever the clock does: an original reader takes only what is newer than the last.
    let stamp = entries.reduce((top, { message }) => Math.max(top, message.timestamp), 0)
    const now = file.system.now()
    const texts: string[] = []
    for (const { id, rest } of batch) {
      // Written before, by a try that was told that it failed.
      if (known.has(id)) continue
      stamp = Math.max(now, stamp + 1)
      texts.push(`{\n    "id": ${JSON.stringify(id)},\n    "timestamp": ${stamp},${rest}`)
    }
    // The newest one stays when nothing newer comes, also when it is consumed: it holds the stamp.
    const kept = unread.length > 0 || texts.length > 0 ? unread : entries.slice(-1)
    const lost = drops ? Math.max(0, kept.length + texts.length - MESSAGES_LIMIT) : 0
    if (bad.length > 0) file.setAside(bad)
    const all = [...kept.slice(lost).map(({ text }) => text), ...texts]
    if (!(await file.replace(lock, all))) return false
    this.#queue = this.#queue.filter((waiting) => !this.#underWay.has(waiting))
    this.#underWay.clear()
    this.#written.push(...batch)
    if (lost > 0) {
      this.#dropped += lost
      file.report({ kind: 'dropped', count: lost, total: this.#dropped })
    }
    return true
  }

  #drops(consumed: Consumed | undefined): boolean {
    if (this.#overflow === 'drop-oldest') return true
    if (this.#overflow === 'wait' || consumed !== undefined) return false
    return this.#hooks.originalReads()
  }

  /** The front of the queue that there is room for. */
  #batch(unread: readonly Entry[], drops: boolean): Waiting[] {
    const batch: Waiting[] = []
    let bytes = unread.reduce((sum, { text }) => sum + text.length, 0)
    for (const waiting of this.#queue) {
      const { bulk, urgent } = waiting.options
      const places = bulk ? MESSAGES_LIMIT - PLACES_LEFT : MESSAGES_LIMIT
      const taken = (drops ? 0 : unread.length) + batch.length
      if (taken >= places) break
      const { length } = waiting.rest
      if (!urgent && taken > 0 && bytes + length > UNREAD_BYTES) break
      bytes += length
      batch.push(waiting)
    }
    return batch
  }
}

/** What follows id and timestamp in an entry, as text: taken now, so that the value may change later. */
function restOf(message: NewMessage, writer: string): string {
  const { type, method, reply_to, payload, error } = message
  const fields = {
    type,
    ...(method == null ? {} : { method }),
    ...(reply_to == null ? {} : { reply_to }),
    payload: payload ?? null,
    ...(error == null ? {} : { error }),
    writer,
  }
  try {
    return JSON.stringify(fields, null, 2).slice(1).replaceAll('\n', '\n  ')
  } catch (cause) {
    const why = toError(cause).message.split('\n')[0]
    throw new TielineError('invalid-argument', `JSON has no form for this payload: ${why}`, {
      cause,
    })
  }
}
