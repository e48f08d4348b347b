// A plain server of the toolkit with clients on a local socket, a WebSocket and a mailbox.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'tieline'
import { freePort } from '../../subjects/sockets.js'
import { answeredPath, notesPath, SoakContract } from '../native-contract.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { SoakProcess, worker } from '../process.js'
import { Tail } from '../tail.js'
import { BACK_MS, until } from '../traffic.js'
import { TrafficProcess } from '../traffic-process.js'

export function nativePart(context: SoakContext): SoakPart {
  return new NativePart(context)
}

class NativePart implements SoakPart {
  readonly #context: SoakContext
  readonly #notes: Tail
  readonly #answers: Tail
  /** The last number that the server wrote down for each lane, and what the clients say of theirs. */
  readonly #noted = new Map<string, number>()
  readonly #unsent = new Map<string, Set<number>>()
  #server!: SoakProcess
  #clients!: TrafficProcess

  constructor(context: SoakContext) {
    this.#context = context
    this.#notes = new Tail(notesPath(context.place))
    this.#answers = new Tail(answeredPath(context.place))
  }

  async start(): Promise<void> {
    const { place, ledger } = this.#context
    mkdirSync(join(place, 'mail'), { mode: 0o700 })
    const args = [place, String(await freePort()), 'soak-token']
    this.#server = new SoakProcess({
      name: 'server',
      program: worker('native-server'),
      args,
      line: (line) => line === 'ready' || ledger.fault(`the server said: ${line}`),
    })
    this.#clients = new TrafficProcess('clients', ledger, worker('native-client'), args)
    await this.#server.start()
    await this.#clients.start()
  }

  async work(on: boolean): Promise<void> {
    await this.#clients.work(on)
  }

  async check(): Promise<void> {
    for (const one of [this.#server, this.#clients]) one.mustRun()
    await until(BACK_MS, () => this.#missing())
    this.#read()
    await this.#clients.disturbed(false)
  }

  async kill(how: How): Promise<string> {
    const { half, random } = this.#context
    const victim = half === 'first' ? this.#server : this.#clients
    await this.#clients.disturbed(true)
    await victim.disturb(how, random)
    return victim.name
  }

  measure() {
    const first = this.#context.half === 'first'
    return [...this.#server.measured(!first), ...this.#clients.measured(first)]
  }

  async stop(): Promise<void> {
    await this.#clients.end('SIGTERM')
    await this.#server.end('SIGTERM')
    this.#read()
    const { place } = this.#context
    rmSync(notesPath(place), { force: true })
    rmSync(answeredPath(place), { force: true })
    // The mailbox's files stay for the next one: that is what they are for.
    rmSync(join(place, 'mail'), { recursive: true })
  }

  abandon(): void {
    this.#server?.abandon()
    this.#clients?.abandon()
  }

  /** Whole: a client of this process is answered, and the clients are connected on all transports. */
  async #missing(): Promise<string | undefined> {
    const at = `unix:${this.#context.place}/native.sock`
    await using client = await connect(SoakContract, { at, reconnect: false, timeout: '5s' })
    const { n } = await client.echo({ n: 1, text: '' }, { timeout: '5s' })
    return n === 1 ? this.#clients.missing() : `echo answered with ${n}`
  }

  /** Each lane sends one note after the other: the numbers in the file only grow. */
  #read(): void {
    const { ledger } = this.#context
    const claims = this.#answers.read()
    for (const line of this.#notes.read()) {
      const [lane = '', text] = line.split(' ')
      const n = Number(text)
      const last = this.#noted.get(lane) ?? 0
      if (n === last) ledger.fault(`note ${line} ran twice`)
      else if (n < last) ledger.fault(`note ${line} ran after ${last}`)
      if (this.#unsent.get(lane)?.has(n)) ledger.fault(`note ${line} was not sent, and ran`)
      this.#noted.set(lane, n)
    }
    for (const claim of claims) {
      const [kind, lane = '', text] = claim.split(' ')
      const n = Number(text)
      if (kind === 'answered' && n > (this.#noted.get(lane) ?? 0))
        ledger.fault(`note ${lane} ${n} was answered and is not in the file`)
      if (kind === 'not-sent') this.#unsent.set(lane, (this.#unsent.get(lane) ?? new Set()).add(n))
    }
  }
}
