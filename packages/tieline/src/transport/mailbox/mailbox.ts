// The mailbox transport: channels through two JSON files in a directory, for programs that cannot
// open a socket. `mailbox:/dir#backend` and `mailbox:/dir#frontend` are its two sides.
import { isAbsolute } from 'node:path'
import type { Channel } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { TielineError, toError } from '../../errors.js'
import { limitsWith } from '../../limits.js'
import { attempt, cancelled, unlessAborted } from '../attempt.js'
import { parseEndpoint } from '../endpoint.js'
import { invalidEndpoint, SCHEMES } from '../scheme.js'
import type { ConnectOptions, Listener, ListenOptions, Transport } from '../transport.js'
import { MailboxChannel } from './channel.js'
import { messageFault } from './entry.js'
import { MailboxLinks, refused } from './links.js'
import type { MailboxOptions, MailboxSide } from './options.js'
import { Mailbox } from './side.js'
import { type MailboxSystem, machine } from './system.js'

/** What the transport `mailbox` takes. */
export interface MailboxTransportOptions extends MailboxOptions {
  /**
   * `connections` (the default): what two of ours need, any bytes, many connections. `messages`: one
   * channel of the file's own messages, each as JSON, for a program that knows nothing of Tieline.
   */
  readonly content?: 'connections' | 'messages'
}

/** A mailbox's directory and side. Throws `invalid-endpoint`. */
export function mailboxAddress(text: string): { directory: string; side: MailboxSide } {
  const endpoint = parseEndpoint(text)
  if (endpoint.scheme !== 'mailbox') throw invalidEndpoint(text, `write it as ${SCHEMES.mailbox}`)
  const hash = endpoint.rest.lastIndexOf('#')
  const side = endpoint.rest.slice(hash + 1)
  if (hash < 0 || (side !== 'backend' && side !== 'frontend')) {
    throw invalidEndpoint(text, `it must end with '#backend' or '#frontend', this program's side`)
  }
  const directory = endpoint.rest.slice(0, hash).replace(/(?<=.)[/\\]+$/, '')
  if (directory.includes('\0')) throw invalidEndpoint(text, 'the directory has a NUL')
  if (!isAbsolute(directory)) {
    throw invalidEndpoint(text, `the directory is not absolute; write ${SCHEMES.mailbox}`)
  }
  return { directory, side }
}

/**
 * The transport of one side of a mailbox. One process reads for a side at a time: a second one is
 * refused with `endpoint-in-use`. The channels keep messages apart.
 */
export function mailbox(endpoint: string, options: MailboxTransportOptions = {}): Transport {
  const { directory, side } = mailboxAddress(endpoint)
  if (options.content === 'messages')
    return new MessageTransport(endpoint, directory, side, options)
  return new ConnectionTransport(endpoint, directory, side, options)
}

class ConnectionTransport implements Transport {
  readonly endpoint: string
  readonly unit = 'message'
  readonly #directory: string
  readonly #clock: Clock
  readonly #system: MailboxSystem
  readonly #open: () => Promise<MailboxLinks>
  #links: Promise<MailboxLinks> | undefined
  /** Users of `#links` that have neither listener nor connection yet. */
  #arriving = 0
  #closing: Promise<void> = Promise.resolve()

  constructor(endpoint: string, directory: string, side: MailboxSide, options: MailboxOptions) {
    this.endpoint = endpoint
    this.#directory = directory
    this.#clock = options.clock ?? systemClock
    this.#system = options.system ?? machine
    this.#open = () => MailboxLinks.open(directory, side, options, () => this.#closeIfEmpty())
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const { accept, failed } = options
    const { connections } = limitsWith(options.limits)
    const links = await this.#use(async (opened) => {
      if (opened.listening) {
        const message = `${this.endpoint} is in use: this process listens there already`
        throw new TielineError('endpoint-in-use', message, {
          origin: 'channel',
          endpoint: this.endpoint,
        })
      }
      opened.listen({ connections, accept, failed })
      return opened
    })
    let closed = false
    return {
      endpoint: this.endpoint,
      hold: (alive) => {
        if (!closed) links.holdListener(alive)
      },
      close: async () => {
        if (!closed) {
          closed = true
          links.listen(undefined)
        }
        await this.#closeIfEmpty()
        await this.#closing
      },
    }
  }

  async connect(options: ConnectOptions = {}): Promise<Channel> {
    const { endpoint } = this
    // Whoever listens makes it. Asking at a path that is mistyped leaves nothing behind.
    if (this.#isMissing) throw refused(endpoint, `there is no directory ${this.#directory}`)
    // The endpoint names this side of the mailbox.
    const { signal, end } = attempt(endpoint, options, this.#clock, `the other side of ${endpoint}`)
    try {
      signal.throwIfAborted()
      // What is left to close when its time is over is closed all the same, and not waited for.
      return await unlessAborted(
        this.#use((links) => links.connect(signal)),
        signal,
      )
    } finally {
      end()
    }
  }

  get #isMissing(): boolean {
    try {
      return this.#system.stat(this.#directory) === undefined
    } catch {
      // Opening it says what is wrong.
      return false
    }
  }

  async #use<T>(run: (links: MailboxLinks) => Promise<T>): Promise<T> {
    this.#arriving += 1
    try {
      await this.#closing
      this.#links ??= this.#open()
      return await run(await this.#links)
    } finally {
      this.#arriving -= 1
      await this.#closeIfEmpty()
    }
  }

  async #closeIfEmpty(): Promise<void> {
    const opening = this.#links
    if (opening === undefined || this.#arriving > 0) return
    const links = await opening.catch(() => undefined)
    if (this.#links !== opening || this.#arriving > 0 || links?.empty === false) return
    this.#links = undefined
    if (links === undefined) return
    this.#closing = links.close()
    await this.#closing
  }
}

/** One channel of the file's own messages, there from the beginning. */
class MessageTransport implements Transport {
  readonly endpoint: string
  readonly unit = 'message'
  readonly #directory: string
  readonly #side: MailboxSide
  readonly #options: MailboxOptions

  constructor(endpoint: string, directory: string, side: MailboxSide, options: MailboxOptions) {
    this.endpoint = endpoint
    this.#directory = directory
    this.#side = side
    this.#options = options
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const channel = await this.connect()
    let accepted = false
    let closed = false
    ;(this.#options.clock ?? systemClock).soon(() => {
      if (closed) return
      accepted = true
      options.accept(channel)
    })
    return {
      endpoint: this.endpoint,
      hold: (alive) => {
        if (!accepted) channel.hold(alive)
      },
      async close() {
        closed = true
        if (!accepted) await channel.close()
      },
    }
  }

  async connect(options: ConnectOptions = {}): Promise<Channel> {
    const { signal } = options
    if (signal?.aborted) throw cancelled(this.endpoint, signal)
    const mailbox = await Mailbox.open(this.#directory, this.#side, this.#options)
    const channel: MailboxChannel = new MailboxChannel(
      {
        clock: this.#options.clock,
        write(queue) {
          const sendings = queue.map((bytes) =>
            // The channel's own `hold` says whether the process is kept alive.
            mailbox.writer.send(parseMessage(bytes), { keep: true, hold: false }),
          )
          const written = Promise.all(sendings.map((sending) => sending.written))
          return { count: queue.length, written: written.then(() => {}) }
        },
        // Nothing in the files says that a program has gone.
        tellEnd: (why) => mailbox.close(why.error),
        released: () => mailbox.close(),
        hold: (alive) => mailbox.hold(alive),
      },
      mailbox.remote,
    )
    try {
      await mailbox.claim({
        arrived(received) {
          for (const { message, text } of received) {
            const consumed = () => mailbox.done([message.id])
            // Not delivered: it is kept for the next process that reads for this side.
            channel.arrive([Buffer.from(text)], consumed, () => {})
          }
        },
        lost: (error) => channel.remoteEnds({ by: 'remote', error }),
      })
    } catch (error) {
      await mailbox.close()
      throw error
    }
    mailbox.hold(true)
    return channel
  }
}

function parseMessage(bytes: Uint8Array) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (cause) {
    throw new TielineError('invalid-argument', toError(cause).message, { cause })
  }
  const fault = messageFault({ timestamp: 0, ...(message as object) })
  if (fault === undefined) return message as Parameters<Mailbox['writer']['send']>[0]
  throw new TielineError('invalid-argument', `cannot send a message ${fault} into a mailbox`)
}
