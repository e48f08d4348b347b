// The client's side: plain WebSockets in a process of their own, each with so many messages on their
// way. A message is sent when one comes back.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { quantile } from '../../statistics.js'
import type { Echoed, Started, Work } from './asks.js'

/** Channels opened at once. 100: fewer than any listener keeps waiting. */
const AT_ONCE = 100
/** Times that are kept. Past it the later ones are left out: a slice has fewer. */
const MOST_TIMES = 1_000_000

const channels: EchoChannel[] = []
const times = new Float64Array(MOST_TIMES)
let counted = 0
let messages = 0

class EchoChannel {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  /** When each message that is on its way was sent: a ring. */
  #sent = new Float64Array(1)
  #next = 0
  #oldest = 0
  #message = Buffer.alloc(0)
  #end = 0
  #corked = false
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('message', (data: Buffer) => this.#came(data))
    webSocket.on('close', (code) => this.#reject(new Error(`a channel closed with ${code}`)))
    webSocket.on('error', (error) => this.#reject(error))
  }

  run({ bytes, inFlight }: Work, end: number): Promise<void> {
    this.#sent = new Float64Array(inFlight)
    this.#next = 0
    this.#oldest = 0
    this.#message = Buffer.alloc(bytes, 'message ')
    this.#end = end
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      for (let i = 0; i < inFlight; i++) this.#send()
    })
  }

  #send(): void {
    // What is sent within one tick goes out together, as from a browser: the load must not be what is
    // measured.
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(this.#uncork)
    }
    this.#sent[this.#next % this.#sent.length] = performance.now()
    // The number that it must come back with.
    this.#message.writeUInt32LE(this.#next++ >>> 0, 0)
    this.#webSocket.send(this.#message)
  }

  readonly #uncork = (): void => {
    this.#corked = false
    this.#socket.uncork()
  }

  #came(data: Buffer): void {
    if (data.length !== this.#message.length || data.readUInt32LE(0) !== this.#oldest >>> 0) {
      this.#reject(new Error(`message ${this.#oldest} did not come back as it was sent`))
      return
    }
    const now = performance.now()
    const sent = this.#sent[this.#oldest++ % this.#sent.length] as number
    if (counted < MOST_TIMES) times[counted++] = now - sent
    messages++
    if (now < this.#end) this.#send()
    else if (this.#oldest === this.#next) this.#resolve()
  }
}

async function open(url: string): Promise<EchoChannel> {
  const webSocket = new WebSocket(url, { perMessageDeflate: false })
  let socket: Socket | undefined
  webSocket.once('upgrade', (response) => {
    socket = response.socket
  })
  await once(webSocket, 'open')
  return new EchoChannel(webSocket, socket as Socket)
}

async function echo(work: Work): Promise<Echoed> {
  counted = 0
  messages = 0
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const chosen = channels.slice(0, work.channels)
  await Promise.all(chosen.map((channel) => channel.run(work, begun + work.ms)))
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const sorted = times.subarray(0, counted).sort()
  return {
    messages,
    rate: messages / seconds,
    p50: quantile(sorted, 0.5) * 1000,
    p99: quantile(sorted, 0.99) * 1000,
    cpu: (user + system) / messages,
  }
}

export function client(): Started {
  return {
    url: '',
    async open(url, count) {
      for (let left = count; left > 0; left -= AT_ONCE) {
        const batch = Array.from({ length: Math.min(AT_ONCE, left) }, async () => {
          const channel = await open(url)
          // Each is used once, as one that is open has been.
          await channel.run({ bytes: 100, inFlight: 1, channels: 1, ms: 0 }, 0)
          channels.push(channel)
        })
        await Promise.all(batch)
      }
    },
    echo,
  }
}
