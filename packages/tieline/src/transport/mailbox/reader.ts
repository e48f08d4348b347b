// The reading half of a side: every message once, whatever its timestamp says. What was handed out
// is written down before, and what the program is done with after, so that a kill loses nothing.
import type { Timer } from '../../clock.js'
import { type TielineError, toError } from '../../errors.js'
import type { Entry, MailboxMessage } from './entry.js'
import type { MailboxFile } from './file.js'

/**
 * Milliseconds that a torn or foreign piece is left alone in case its writer is at it: 200 ms, as
 * programs that write in place take a few.
 */
const SETTLE_MS = 200
/** Milliseconds between tries while files cannot be read or written: at first, and at most. */
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 2000
/** Ids remembered of messages that have left the file, should a careless writer bring one back. */
const REMEMBERED = 1000

/** One message out of a mailbox. */
export interface Received {
  readonly message: MailboxMessage
  /** The message as JSON, as it is in the file. */
  readonly text: string
  /**
   * It was handed out before, to a process that ended without saying that it was done: it may have
   * been worked on, or not. False for everything else, which comes exactly once.
   */
  readonly again: boolean
}

/** Who takes what a mailbox delivers. */
export interface ReaderHooks {
  /** Takes new messages, in the order of the file. Call `done` with their ids, now or later. */
  readonly arrived: (received: readonly Received[]) => void
  /** Messages that this says no to are left for another time. */
  readonly wants?: ((message: MailboxMessage) => boolean) | undefined
  /** The mailbox's directory is gone: nothing comes any more, and nothing can be sent. */
  readonly lost?: ((error: TielineError) => void) | undefined
}

export class MailboxReader {
  readonly #file: MailboxFile
  readonly #hooks: ReaderHooks
  /** Consumed and still in the file. */
  #done = new Set<string>()
  #taken = new Set<string>()
  /** Taken by a process before this one. */
  readonly #inDoubt = new Set<string>()
  readonly #gone = new Set<string>()
  /** Done, and not yet written down. */
  #unsaved: string[] = []
  #busy = false
  #again = false
  #ended = false
  #timer: Timer | undefined
  #retryMs = FIRST_RETRY_MS
  #waiting: (() => void)[] = []
  #sawOriginal = false
  /** A file with bad pieces, and since when it has been so. */
  #bad = { text: '', since: 0 }

  constructor(file: MailboxFile, hooks: ReaderHooks) {
    this.#file = file
    this.#hooks = hooks
  }

  /** Whether a message came from a program that does not sign its messages, as ours do. */
  get sawOriginal(): boolean {
    return this.#sawOriginal
  }

  /** Takes over what an earlier reader recorded, and shows the writer that someone records. Rejects with the error of the file. */
  async start(): Promise<void> {
    const before = this.#file.readConsumed()
    this.#done = new Set(before?.done)
    for (const id of before?.taken ?? []) this.#inDoubt.add(id)
    await this.#file.writeConsumed({ done: [...this.#done], taken: [...this.#inDoubt] })
  }

  /** The program is done with these: they may leave the file, and never come again. */
  done(ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.#taken.delete(id)) continue
      this.#done.add(id)
      this.#unsaved.push(id)
    }
    if (this.#unsaved.length > 0) this.look()
  }

  /** Reads the file soon; several calls in one tick read once. */
  look(): void {
    if (this.#ended) return
    this.#again = true
    if (this.#busy) return
    this.#busy = true
    this.#file.clock.soon(() => void this.#run())
  }

  /** Reads the file, and resolves when what was in it has been handed out, or could not be read. */
  async settled(): Promise<void> {
    this.look()
    while (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Writes down what is done and stops. What was handed out and is not done comes again next time. */
  async end(): Promise<void> {
    if (this.#unsaved.length > 0 && !this.#ended) this.look()
    while (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.stop()
  }

  /** Reads and writes no more. */
  stop(): void {
    this.#ended = true
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#ended) {
        this.#again = false
        const handed = await this.#read()
        // What the program answers is written first; what it is done with can wait for that.
        if (handed) await new Promise((resolve) => setImmediate(resolve))
      }
      this.#retryMs = FIRST_RETRY_MS
    } catch (error) {
      this.#file.report({ kind: 'trouble', error: toError(error) })
      this.#later(this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
    } finally {
      this.#busy = false
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
    if (this.#again && this.#timer === undefined) this.look()
  }

  #later(ms: number): void {
    if (this.#timer !== undefined || this.#ended) return
    this.#timer = this.#file.clock.after(ms, () => {
      this.#timer = undefined
      this.look()
    })
  }

  /** True when something was handed out. */
  async #read(): Promise<boolean> {
    const { entries, bad, torn, text } = this.#file.read()
    const fresh = this.#fresh(entries)
    if (fresh.length > 0 || this.#unsaved.length > 0) {
      const done = this.#unsaved
      const taken = fresh.map(({ message }) => message.id)
      if (!this.#file.addConsumed({ done, taken })) {
        this.#forgetGone(entries)
        const all = [...this.#inDoubt, ...this.#taken, ...taken]
        await this.#file.writeConsumed({ done: [...this.#done], taken: all })
      }
      this.#unsaved = this.#unsaved.slice(done.length)
      for (const id of taken) this.#taken.add(id)
      if (fresh.length > 0) this.#hand(fresh)
    }
    if (bad.length > 0 || torn) await this.#tidy(text)
    else this.#bad.text = ''
    return fresh.length > 0
  }

  #hand(fresh: readonly Entry[]): void {
    const received = fresh.map(({ message, text }) => {
      return { message, text, again: this.#inDoubt.delete(message.id) }
    })
    this.#hooks.arrived(received)
  }

  #fresh(entries: readonly Entry[]): Entry[] {
    const seen = new Set<string>()
    return entries.filter(({ message }) => {
      const { id } = message
      if (!('writer' in message)) this.#sawOriginal = true
      if (seen.has(id) || this.#done.has(id) || this.#taken.has(id) || this.#gone.has(id))
        return false
      seen.add(id)
      return this.#hooks.wants?.(message) ?? true
    })
  }

  /** What is not in the file any more need not be written down. */
  #forgetGone(entries: readonly Entry[]): void {
    const present = new Set(entries.map(({ message }) => message.id))
    for (const id of this.#done) {
      if (present.has(id)) continue
      this.#done.delete(id)
      this.#gone.add(id)
    }
    for (const id of this.#inDoubt) if (!present.has(id)) this.#inDoubt.delete(id)
    for (const id of this.#gone) {
      if (this.#gone.size <= REMEMBERED) break
      this.#gone.delete(id)
    }
  }

  /** Sets aside what is no message, once it has stayed as it is for a while. */
  async #tidy(text: string): Promise<void> {
    const { clock } = this.#file
    if (this.#bad.text !== text) this.#bad = { text, since: clock.now() }
    const left = this.#bad.since + SETTLE_MS - clock.now()
    if (left > 0) {
      this.#later(left + 1)
      return
    }
    await this.#file.underLock(async (lock) => {
      const now = this.#file.read()
      if (now.text !== text) return
      if (now.bad.length > 0) this.#file.setAside(now.bad)
      await this.#file.replace(
        lock,
        now.entries.map((entry) => entry.text),
      )
    })
    this.#bad.text = ''
  }
}
