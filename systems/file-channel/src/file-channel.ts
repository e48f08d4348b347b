// The file channel as ipckit's users know it: a backend and a frontend that send each other JSON
// messages through two files. What waits is a promise or an async iterator.
import { resolve as absolute } from 'node:path'
import { type Clock, type Duration, milliseconds, systemClock, TielineError } from 'tieline'
import { Mailbox, type MailboxOptions, type NewMessage, type Received } from 'tieline/transport'
import { emptyFile } from './clear.js'
import type { Message } from './message.js'
import { timeLimit } from './time-limit.js'

export interface FileChannelOptions extends MailboxOptions {
  /** How long a send waits for room when 100 messages are unread. 30 s unless told. */
  readonly sendTimeout?: Duration
  /** How long to wait while another process reads for this side. Not at all unless told. */
  readonly turnTimeout?: Duration
}

export interface WaitOptions {
  /** 30 s unless told. */
  readonly timeout?: Duration
  readonly signal?: AbortSignal
}

const TIMEOUT = 30_000
/** Milliseconds between tries to become this side's reader. */
const TURN_MS = 20

interface Waiter {
  readonly resolve: (message: Message) => void
  readonly reject: (error: Error) => void
}

/**
 * Opens a side of the channel in a directory, which is made (0700) when it is not there. Rejects with
 * `permission-denied` for a directory that others can write to, unless `access` allows it.
 */
export const backend = (directory: string, options?: FileChannelOptions): Promise<FileChannel> =>
  FileChannel.open(directory, 'backend', options)

/** The other side: see `backend`. */
export const frontend = (directory: string, options?: FileChannelOptions): Promise<FileChannel> =>
  FileChannel.open(directory, 'frontend', options)

export class FileChannel {
  readonly directory: string
  readonly side: 'backend' | 'frontend'
  readonly #mailbox: Mailbox
  readonly #options: FileChannelOptions
  readonly #clock: Clock
  #claimed: Promise<void> | undefined
  #inbox: Message[] = []
  readonly #responses = new Map<string, Waiter>()
  #wake: (() => void)[] = []
  /** With one: nothing else is taken out of the file. */
  #only: string | undefined
  #closed = false
  /** The directory is gone. */
  #lost: Error | undefined
  /** Loops over messages; one keeps the process alive. */
  #iterators = 0

  static async open(
    directory: string,
    side: 'backend' | 'frontend',
    options: FileChannelOptions = {},
  ): Promise<FileChannel> {
    const mailbox = await Mailbox.open(absolute(directory), side, options)
    return new FileChannel(mailbox, options)
  }

  private constructor(mailbox: Mailbox, options: FileChannelOptions) {
    this.#mailbox = mailbox
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.directory = mailbox.directory
    this.side = mailbox.side
  }

  /** Messages dropped because the other side, an original program, let its file run full. */
  get dropped(): number {
    return this.#mailbox.writer.dropped
  }

  /**
   * Resolves with the message's id when the file has it. What is sent in one tick is one write. Rejects
   * with `resource-exhausted` when 100 messages stay unread or no space is left, `permission-denied`
   * when the file cannot be written: then nothing was sent and nothing is lost.
   */
  async send(message: NewMessage): Promise<string> {
    this.#check()
    const within = milliseconds(this.#options.sendTimeout ?? TIMEOUT)
    const sending = this.#mailbox.writer.send(message)
    const { directory, side } = this
    const timer = this.#clock.after(within, () => {
      const other = side === 'backend' ? 'frontend' : 'backend'
      const text = `100 messages in ${directory} are unread by the ${other}; none was read within ${within} ms`
      sending.withdraw(
        new TielineError('resource-exhausted', text, { origin: 'channel', sent: 'no' }),
      )
    })
    try {
      await sending.written
    } finally {
      timer.cancel()
    }
    return sending.id
  }

  /** Resolves with the request's id, for `waitResponse`. */
  sendRequest(method: string, params: unknown = {}): Promise<string> {
    return this.send({ type: 'request', method, payload: params })
  }

  sendResponse(requestId: string, result: unknown): Promise<string> {
    return this.send({ type: 'response', reply_to: requestId, payload: result })
  }

  sendError(requestId: string, error: string): Promise<string> {
    return this.send({ type: 'response', reply_to: requestId, payload: null, error })
  }

  sendEvent(name: string, payload: unknown = null): Promise<string> {
    return this.send({ type: 'event', method: name, payload })
  }

  /**
   * All messages that are there now, none when there are none. They count as read. Rejects with
   * `endpoint-in-use` when another process reads for this side, as every call that reads does.
   */
  async recv(): Promise<Message[]> {
    await this.#look()
    const all = this.#inbox.splice(0)
    this.#mailbox.done(all.map(({ id }) => id))
    return all
  }

  /** The first message that is there, if there is one. The others stay for the next call. */
  async recvOne(): Promise<Message | undefined> {
    await this.#look()
    const first = this.#inbox.shift()
    if (first !== undefined) this.#mailbox.done([first.id])
    return first
  }

  /** The response to a request; all other messages stay for `recv`. Rejects with `deadline-exceeded`. */
  async waitResponse(requestId: string, options: WaitOptions = {}): Promise<Message> {
    const limit = timeLimit(options, TIMEOUT, `no response to request ${requestId}`, this.#clock)
    try {
      await limit.race(this.#claim())
      const at = this.#inbox.findIndex((message) => answers(message, requestId))
      const there = at < 0 ? undefined : this.#inbox.splice(at, 1)[0]
      if (there !== undefined) {
        this.#mailbox.done([there.id])
        return there
      }
      return await limit.race(
        new Promise<Message>((resolve, reject) =>
          this.#responses.set(requestId, { resolve, reject }),
        ),
      )
    } finally {
      this.#responses.delete(requestId)
      limit.end()
    }
  }

  /** Asks and waits for the answer. Rejects with `remote-error` and the other side's message. */
  async request(method: string, params: unknown = {}, options: WaitOptions = {}): Promise<unknown> {
    const limit = timeLimit(options, TIMEOUT, `no response to ${method}`, this.#clock)
    try {
      await limit.race(this.#claim())
      const { payload, error } = await limit.race(this.#ask(method, params, limit.signal))
      if (error == null) return payload
      throw new TielineError('remote-error', error, { origin: 'remote', method })
    } finally {
      limit.end()
    }
  }

  async #ask(method: string, params: unknown, signal: AbortSignal): Promise<Message> {
    const id = await this.sendRequest(method, params)
    // The limit of `request` ends this one too.
    return this.waitResponse(id, { timeout: Number.POSITIVE_INFINITY, signal })
  }

  /**
   * Each message as it comes, until the signal fires or the channel is closed. A message counts as read
   * when the next one is asked for. Throws `connection-lost` when the directory is gone.
   */
  async *messages(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Message, void> {
    const { signal } = options
    await this.#claim()
    const wake = () => this.#wakeAll()
    signal?.addEventListener('abort', wake, { once: true })
    this.#iterators += 1
    this.#mailbox.hold(true)
    try {
      while (!this.#closed && !signal?.aborted) {
        const next = this.#inbox.shift()
        if (next === undefined) {
          if (this.#lost !== undefined) throw this.#lost
          await new Promise<void>((resolve) => this.#wake.push(resolve))
          continue
        }
        let finished = false
        try {
          yield next
          finished = true
        } finally {
          // Left in the middle, with `break`: it has been seen all the same.
          if (finished || !this.#closed) this.#mailbox.done([next.id])
        }
      }
    } finally {
      signal?.removeEventListener('abort', wake)
      this.#iterators -= 1
      this.#mailbox.hold(this.#iterators > 0)
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Message, void> {
    return this.messages()
  }

  /** Calls `handle` with each message, one after the other, until the signal fires or the channel is closed. */
  async poll(
    handle: (message: Message) => unknown,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    for await (const message of this.messages(options)) await handle(message)
  }

  /** Empties both files. Resolves with the number of messages that nobody had read. */
  async clear(): Promise<number> {
    this.#check()
    const options = this.#options
    return (
      (await emptyFile(this.directory, 'backend', options)) +
      (await emptyFile(this.directory, 'frontend', options))
    )
  }

  /**
   * Becomes this side's reader now, instead of with the first call that reads. Rejects with
   * `endpoint-in-use`, naming the process that is.
   */
  claim(): Promise<void> {
    return this.#claim()
  }

  /** Takes only the response to this request out of the file, and leaves the rest to other readers. */
  only(requestId: string): void {
    this.#only = requestId
  }

  /** Waits until what was sent is in the file, 10 s at most; lets another process read for this side. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wakeAll()
    await this.#mailbox.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #look(): Promise<void> {
    await this.#claim()
    await this.#mailbox.settled()
  }

  #claim(): Promise<void> {
    this.#check()
    this.#claimed ??= this.#takeTurn().catch((error: unknown) => {
      this.#claimed = undefined
      throw error
    })
    return this.#claimed
  }

  async #takeTurn(): Promise<void> {
    const patience = milliseconds(this.#options.turnTimeout ?? 0)
    const start = this.#clock.now()
    for (;;) {
      try {
        await this.#mailbox.claim({
          arrived: (received) => this.#arrived(received),
          wants: (message) => this.#only === undefined || answers(message, this.#only),
          lost: (error) => this.#end(error),
        })
        await this.#mailbox.settled()
        return
      } catch (error) {
        const inUse = (error as TielineError).code === 'endpoint-in-use'
        if (!inUse || this.#clock.now() - start >= patience || this.#closed) throw error
        await new Promise<void>((resolve) => this.#clock.after(TURN_MS, resolve).hold(true))
      }
    }
  }

  #arrived(received: readonly Received[]): void {
    for (const { message, again } of received) {
      const whole: Message = { ...message, again }
      const waiter = message.reply_to == null ? undefined : this.#responses.get(message.reply_to)
      if (message.type === 'response' && waiter !== undefined) {
        this.#responses.delete(message.reply_to as string)
        this.#mailbox.done([message.id])
        waiter.resolve(whole)
      } else {
        this.#inbox.push(whole)
      }
    }
    this.#wakeAll()
  }

  #end(error: Error): void {
    this.#lost = error
    for (const { reject } of this.#responses.values()) reject(error)
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const resolve of this.#wake.splice(0)) resolve()
  }

  #check(): void {
    if (!this.#closed && this.#lost !== undefined) throw this.#lost
    if (!this.#closed) return
    const message = `the ${this.side} of ${this.directory} is closed`
    throw new TielineError('connection-lost', message, { origin: 'local', sent: 'no' })
  }
}

function answers(message: { type: string; reply_to?: string | null }, requestId: string): boolean {
  return message.type === 'response' && message.reply_to === requestId
}
