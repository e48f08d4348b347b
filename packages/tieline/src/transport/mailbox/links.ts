// The connections of one side: who opened what, which channel a packet is for, and what becomes of
// them when the process at the other side ends.
import { randomUUID } from 'node:crypto'
import type { CloseInfo } from '../../channel/channel.js'
import { TielineError, toError } from '../../errors.js'
import { unlessAborted } from '../attempt.js'
import { MailboxChannel } from './channel.js'
import type { MailboxOptions } from './options.js'
import { fromBase64, type Packet, packetMessage, readPacket, toBase64 } from './packet.js'
import type { Received } from './reader.js'
import { Mailbox } from './side.js'
import type { Sending } from './writer.js'

/** Bytes of messages that go into one packet, before base64. 192 KiB: as text a quarter of the file's usual bytes. */
const PACKET_BYTES = 192 * 1024

interface Link {
  readonly channel: MailboxChannel
  /** The other process's claim; undefined until it has answered. */
  other: string | undefined
  readonly accepted: ((error?: TielineError) => void) | undefined
  readonly sendings: Set<Sending>
  held: boolean
}

export interface Listening {
  readonly connections: number
  readonly accept: (channel: MailboxChannel) => void
  readonly failed: ((error: Error) => void) | undefined
}

export class MailboxLinks {
  readonly #mailbox: Mailbox
  readonly #options: MailboxOptions
  readonly #links = new Map<string, Link>()
  readonly #emptied: () => Promise<void>
  #listening: Listening | undefined
  #listenerHolds = false
  #closing = false
  #checking = false

  /** Opens and claims the side. `emptied` is called when neither a listener nor a connection is left. */
  static async open(
    directory: string,
    side: Mailbox['side'],
    options: MailboxOptions,
    emptied: () => Promise<void>,
  ): Promise<MailboxLinks> {
    const mailbox = await Mailbox.open(directory, side, options)
    const links = new MailboxLinks(mailbox, options, emptied)
    try {
      await mailbox.claim({
        arrived: (received) => links.#arrived(received),
        lost: (error) => links.#lost(error),
      })
    } catch (error) {
      await mailbox.close()
      throw error
    }
    mailbox.watchOther(() => void links.#checkOther())
    return links
  }

  private constructor(mailbox: Mailbox, options: MailboxOptions, emptied: () => Promise<void>) {
    this.#mailbox = mailbox
    this.#options = options
    this.#emptied = emptied
  }

  get listening(): boolean {
    return this.#listening !== undefined
  }

  get empty(): boolean {
    return this.#listening === undefined && this.#links.size === 0
  }

  listen(listening: Listening | undefined): void {
    this.#listening = listening
    this.holdListener(listening !== undefined)
  }

  holdListener(alive: boolean): void {
    this.#listenerHolds = alive
    this.#hold()
  }

  /** Asks the other side for a connection. Rejects with `connection-refused`, or the signal's reason. */
  async connect(signal: AbortSignal): Promise<MailboxChannel> {
    const { remote } = this.#mailbox
    const other = await this.#mailbox.otherReader()
    if (other === undefined) throw refused(this.#mailbox.endpoint, `no process reads at ${remote}`)
    signal.throwIfAborted()
    const id = randomUUID()
    let settle!: (error?: TielineError) => void
    const answered = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error))
    })
    // Refused in the moment in which it fails for another reason: nobody waits for it then.
    answered.catch(() => {})
    const channel = this.#add(id, undefined, settle)
    try {
      this.#send({ connection: id, kind: 'open', owner: this.#owner }, this.#links.get(id))
      await unlessAborted(answered, signal)
      return channel
    } catch (error) {
      channel.abort(toError(error))
      throw error
    }
  }

  /**
   * Lets go of the side. Who closed in good order has waited until that was written; what is left goes out
   * now or not at all. The other side sees that this one has gone, and may never read again.
   */
  async close(): Promise<void> {
    this.#closing = true
    await this.#mailbox.writer.tried()
    await this.#mailbox.close(lost(this.#mailbox.remote, 'this side is closed'))
  }

  get #owner(): string {
    return this.#mailbox.claimToken ?? ''
  }

  #add(id: string, other: string | undefined, accepted: Link['accepted']): MailboxChannel {
    const channel = new MailboxChannel(
      {
        clock: this.#options.clock,
        write: (queue) => this.#write(id, queue),
        tellEnd: (why) => this.#tellEnd(id, why),
        released: () => this.#remove(id),
        hold: (alive) => {
          const link = this.#links.get(id)
          if (link !== undefined) link.held = alive
          this.#hold()
        },
      },
      this.#mailbox.remote,
    )
    this.#links.set(id, { channel, other, accepted, sendings: new Set(), held: true })
    this.#hold()
    return channel
  }

  async #remove(id: string): Promise<void> {
    const sendings = this.#links.get(id)?.sendings ?? []
    this.#links.delete(id)
    // Of a channel that the other side ended: nobody is there to read them.
    for (const sending of [...sendings]) sending.withdraw(lost(this.#mailbox.remote, 'it is over'))
    this.#hold()
    if (this.empty) await this.#emptied()
  }

  #hold(): void {
    const held = [...this.#links.values()].some((link) => link.held)
    this.#mailbox.hold(held || this.#listenerHolds)
  }

  #send(packet: Packet, link?: Link): Sending {
    const bulk = packet.kind === 'data'
    const sending = this.#mailbox.writer.send(packetMessage(packet), {
      keep: true,
      bulk,
      urgent: !bulk,
      // The channels and the listener say whether the process is kept alive.
      hold: false,
    })
    if (link !== undefined) {
      link.sendings.add(sending)
      const forget = () => link.sendings.delete(sending)
      sending.written.then(forget, forget)
    }
    return sending
  }

  #write(id: string, queue: readonly Uint8Array[]): { count: number; written: Promise<void> } {
    let bytes = 0
    let count = 0
    for (const message of queue) {
      if (count > 0 && bytes + message.length > PACKET_BYTES) break
      bytes += message.length
      count += 1
    }
    const messages = queue.slice(0, count).map(toBase64)
    const sending = this.#send({ connection: id, kind: 'data', messages }, this.#links.get(id))
    return { count, written: sending.written }
  }

  async #tellEnd(id: string, why: CloseInfo): Promise<void> {
    const link = this.#links.get(id)
    if (link === undefined) return
    if (why.error === undefined) {
      await this.#send({ connection: id, kind: 'close' }, link).written.catch(() => {})
      return
    }
    for (const sending of [...link.sendings]) sending.withdraw(why.error)
    const reason = why.error.message
    // Not one of the channel's own: it goes out when they are over.
    await this.#send({ connection: id, kind: 'abort', reason }).written.catch(() => {})
  }

  #arrived(received: readonly Received[]): void {
    // Nothing can be answered any more. What is left unread is for the process that reads next.
    if (this.#closing) return
    for (const one of received) this.#packet(one)
  }

  #packet({ message, again }: Received): void {
    const consumed = () => this.#mailbox.done([message.id])
    const packet = readPacket(message)
    const link = packet && this.#links.get(packet.connection)
    // Something else's, or of a connection that is over, also one of a process before this one.
    if (packet === undefined || again || (link === undefined && packet.kind !== 'open')) {
      consumed()
      return
    }
    if (packet.kind === 'data' && link !== undefined) {
      link.channel.arrive(packet.messages.map(fromBase64), consumed)
      return
    }
    consumed()
    if (packet.kind === 'open') void this.#opened(packet.connection, packet.owner)
    else if (link !== undefined) this.#answered(link, packet)
  }

  #answered(link: Link, packet: Packet): void {
    const { endpoint, remote } = this.#mailbox
    switch (packet.kind) {
      case 'accept':
        link.other = packet.owner
        link.accepted?.()
        break
      case 'refuse':
        link.accepted?.(refused(endpoint, `nobody listens at ${remote}`))
        break
      case 'close':
        link.channel.remoteEnds({ by: 'remote' })
        break
      case 'abort':
        link.channel.remoteEnds({
          by: 'remote',
          error: lost(remote, `it broke the connection off: ${packet.reason}`),
        })
    }
  }

  /** A client asks. Its process may have ended since, and this side may be closing. */
  async #opened(id: string, other: string): Promise<void> {
    const reader = await this.#mailbox.otherReader().catch((error: Error) => {
      this.#options.report?.({ kind: 'trouble', error })
      return undefined
    })
    if (reader?.token !== other || this.#closing) return
    const listening = this.#listening
    if (listening === undefined) {
      this.#send({ connection: id, kind: 'refuse' })
      return
    }
    this.#send({ connection: id, kind: 'accept', owner: this.#owner })
    if (this.#links.size >= listening.connections) {
      this.#send({ connection: id, kind: 'close' })
      const message = `${this.#mailbox.endpoint} turned a connection away: the limit connections is ${listening.connections}`
      const error = new TielineError('resource-exhausted', message, { origin: 'channel' })
      listening.failed?.(error)
      return
    }
    listening.accept(this.#add(id, other, undefined))
  }

  /** Ends the connections whose process at the other side is not there any more. */
  async #checkOther(): Promise<void> {
    if (this.#links.size === 0 || this.#checking) return
    this.#checking = true
    try {
      const before = [...this.#links.values()]
      const reader = await this.#mailbox.otherReader()
      const over = before.filter(
        ({ other }) => reader === undefined || (other !== undefined && other !== reader.token),
      )
      if (over.length === 0) return
      // What it wrote before it ended is read first: it may have closed in good order.
      await this.#mailbox.settled()
      const { endpoint, remote } = this.#mailbox
      for (const { channel, accepted } of over) {
        accepted?.(refused(endpoint, `the process that read at ${remote} has ended`))
        channel.remoteEnds({ by: 'remote', error: lost(remote, 'its process has ended') })
      }
    } catch (thrown) {
      // It cannot be known now, and is asked again at the next look.
      this.#options.report?.({ kind: 'trouble', error: toError(thrown) })
    } finally {
      this.#checking = false
    }
  }

  /** The directory is gone, and the other side with it. */
  #lost(error: TielineError): void {
    for (const { channel, accepted } of [...this.#links.values()]) {
      accepted?.(refused(this.#mailbox.endpoint, 'the directory is gone'))
      channel.remoteEnds({ by: 'remote', error })
    }
    this.#listening?.failed?.(error)
  }
}

/** A connection that is refused. `problem`: why, in words. */
export function refused(endpoint: string, problem: string): TielineError {
  const message = `cannot connect as ${endpoint}: ${problem}`
  return new TielineError('connection-refused', message, { origin: 'channel', endpoint })
}

function lost(endpoint: string, problem: string): TielineError {
  const message = `connection to ${endpoint} lost: ${problem}`
  return new TielineError('connection-lost', message, { origin: 'channel', endpoint })
}
