// The channel host: a host, an agent in another process that echoes, WebSocket clients that stay and
// others that come and go.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../subjects/sockets.js'
import { EchoSocket } from '../echo-socket.js'
import { within } from '../ledger.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { launcher, SoakProcess, worker } from '../process.js'
import { BACK_MS, type Lane, Traffic, until } from '../traffic.js'

/** Clients that stay connected. */
const STAYING = 3
const CALL_MS = 10_000

export function channelHostPart(context: SoakContext): SoakPart {
  return new ChannelHostPart(context)
}

class ChannelHostPart implements SoakPart {
  readonly #context: SoakContext
  readonly #sockets: EchoSocket[] = []
  #host!: SoakProcess
  #agent!: SoakProcess
  #traffic!: Traffic
  #port = 0
  #open: (count: number) => void = () => {}

  constructor(context: SoakContext) {
    this.#context = context
  }

  async start(): Promise<void> {
    const { place, ledger } = this.#context
    const at = `unix:${join(place, 'host.sock')}`
    this.#port = await freePort()
    const tokenFile = join(place, 'token')
    this.#host = new SoakProcess({
      name: 'host',
      program: launcher('channel-host', 'channel-host'),
      args: ['serve', '--at', at, '--token-file', tokenFile],
    })
    this.#agent = new SoakProcess({
      name: 'agent',
      program: worker('channel-agent'),
      args: [at, String(this.#port)],
      message: (told) => this.#open(told as number),
      line: (line) => line === 'ready' || ledger.fault(`the agent said: ${line}`),
    })
    await this.#host.start()
    await this.#agent.start()
    const token = readFileSync(tokenFile, 'utf8').trim()
    const made = () => new EchoSocket(`ws://127.0.0.1:${this.#port}/`, token, this.#context)
    for (let i = 0; i < STAYING; i++) this.#sockets.push(made())
    this.#traffic = new Traffic(ledger, [
      ...this.#sockets.map(
        (socket): Lane =>
          () =>
            this.#exchange(socket),
      ),
      async () => {
        const socket = made()
        await this.#exchange(socket)
        await socket.close()
      },
    ])
  }

  async work(on: boolean): Promise<void> {
    await this.#traffic.work(on)
    if (!on) await Promise.all(this.#sockets.map((socket) => socket.close()))
  }

  async check(): Promise<void> {
    await until(BACK_MS, () => this.#missing())
  }

  async kill(how: How): Promise<string> {
    const { half, random } = this.#context
    const victim = half === 'first' ? this.#host : this.#agent
    await victim.disturb(how, random)
    return victim.name
  }

  measure() {
    const first = this.#context.half === 'first'
    return [...this.#host.measured(!first), ...this.#agent.measured(first)]
  }

  async stop(): Promise<void> {
    await until(BACK_MS, async () => {
      const open = await this.#openChannels()
      return open === 0 ? undefined : `the agent has ${open} channels and there is no client`
    })
    await this.#agent.end('SIGTERM')
    await this.#host.end('SIGTERM')
    // It is kept on purpose, for the next host.
    rmSync(join(this.#context.place, 'token'))
  }

  abandon(): void {
    this.#host?.abandon()
    this.#agent?.abandon()
  }

  async #missing(): Promise<string | undefined> {
    for (const one of [this.#host, this.#agent]) one.mustRun()
    const { place } = this.#context
    const token = readFileSync(join(place, 'token'), 'utf8').trim()
    const socket = new EchoSocket(`ws://127.0.0.1:${this.#port}/`, token, this.#context)
    try {
      await socket.exchange(1)
    } finally {
      await socket.close()
    }
    return undefined
  }

  async #exchange(socket: EchoSocket): Promise<void> {
    const count = 1 + Math.floor(this.#context.random() * 20)
    await this.#context.ledger.call('an exchange with the agent', CALL_MS, () =>
      socket.exchange(count),
    )
  }

  #openChannels(): Promise<number> {
    const told = new Promise<number>((resolve) => {
      this.#open = resolve
    })
    this.#agent.send({ ask: 'open' })
    return within('what the agent has open', CALL_MS, told)
  }
}
