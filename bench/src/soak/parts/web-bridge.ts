// The web bridge: a server with two handler processes; HTTP, streams, uploads, WebSockets and rpc.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectRpc, type RpcClient } from '@tieline/web-bridge'
import { Agent, fetch } from 'undici'
import { freePort } from '../../subjects/sockets.js'
import { EchoSocket } from '../echo-socket.js'
import { Lost } from '../ledger.js'
import type { Measured } from '../measure.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { childrenOf, processesWith } from '../proc.js'
import { launcher, SoakProcess, signalled, worker } from '../process.js'
import { oneOf } from '../random.js'
import { Tail } from '../tail.js'
import { BACK_MS, type Lane, Traffic, until } from '../traffic.js'

/** Milliseconds that a request may take. */
const CALL_MS = 10_000
/** Statuses of a bridge whose handlers are away: docs/web-bridge.md. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504])
const LONGEST_BODY = 300_000
const MOST_LINES = 2000

export function webBridgePart(context: SoakContext): SoakPart {
  return new WebBridgePart(context)
}

class WebBridgePart implements SoakPart {
  readonly #context: SoakContext
  /** A new one for each time of work: at rest no connection is kept alive. */
  #http = new Agent({ connections: 8 })
  readonly #notes: Tail
  readonly #noted = new Set<string>()
  #server!: SoakProcess
  #traffic!: Traffic
  #socket!: EchoSocket
  #rpc: RpcClient | undefined
  #url = ''
  #handlers: readonly number[] = []
  /** The handler that was told to end. It stays until another is there, and is whole by the numbers. */
  #ending: number | undefined
  #n = 0

  constructor(context: SoakContext) {
    this.#context = context
    this.#notes = new Tail(this.#notesPath)
  }

  get #notesPath(): string {
    return join(this.#context.place, 'notes.log')
  }

  async start(): Promise<void> {
    const { place, ledger } = this.#context
    const at = `unix:${join(place, 'bridge.sock')}`
    const port = await freePort()
    this.#url = `http://127.0.0.1:${port}`
    const args = ['serve', worker('bridge-handlers'), '--server', worker('bridge-functions')]
    this.#server = new SoakProcess({
      name: 'server',
      program: launcher('web-bridge', 'web-bridge'),
      args: [
        ...args,
        '--processes',
        '2',
        '--port',
        String(port),
        '--at',
        at,
        '--log-level',
        'error',
      ],
      env: { SOAK_NOTES: this.#notesPath, WEB_BRIDGE_TOKEN: 'soak-token-of-the-bridge' },
    })
    await this.#server.start()
    this.#rpc = await connectRpc({ at })
    this.#socket = new EchoSocket(`ws://127.0.0.1:${port}/echo`, '', this.#context)
    const exchange: Lane = async () => {
      await ledger.call('a WebSocket', CALL_MS, () => this.#socket.exchange(5))
    }
    const echoes: Lane = () => this.#echo()
    this.#traffic = new Traffic(ledger, [
      ...[echoes, echoes, () => this.#double(), () => this.#upload(), () => this.#note()],
      ...[() => this.#lines(), () => this.#call(), exchange],
    ])
  }

  async work(on: boolean): Promise<void> {
    await this.#traffic.work(on)
    if (on) return
    await this.#socket.close()
    await this.#http.close()
    this.#http = new Agent({ connections: 8 })
  }

  async check(): Promise<void> {
    await until(BACK_MS, () => this.#missing())
    this.#read()
  }

  async kill(how: How): Promise<string> {
    const { half, random } = this.#context
    if (half === 'first') {
      await this.#server.disturb(how, random)
      return 'server'
    }
    const pid = oneOf(random, childrenOf(this.#server.pid))
    if (how !== 'pause') this.#ending = pid
    await signalled(pid, how, random)
    return 'handler'
  }

  measure(): readonly Measured[] {
    return this.#server.measured(this.#context.half === 'second')
  }

  async stop(): Promise<void> {
    await this.#rpc?.close()
    await this.#http.close()
    await this.#server.end('SIGTERM')
    const left = this.#handlers.filter((pid) => processesWith('bridge-handlers').includes(`${pid}`))
    if (left.length > 0) throw new Error(`handler processes left over: ${left.join(', ')}`)
    this.#read()
    rmSync(this.#notesPath, { force: true })
  }

  abandon(): void {
    this.#server?.abandon()
  }

  async #missing(): Promise<string | undefined> {
    this.#server.mustRun()
    const response = await this.#get('/health')
    const health = (await response.json()) as { ready: number; wanted: number }
    this.#handlers = childrenOf(this.#server.pid)
    if (this.#ending !== undefined && this.#handlers.includes(this.#ending))
      return `the handler ${this.#ending} has not ended`
    if (health.ready !== 2 || this.#handlers.length !== 2)
      return `of 2 handlers ${health.ready} are ready; the processes are ${this.#handlers}`
    const { status } = await this.#get('/echo/0')
    return status === 200 ? undefined : `/echo/0 was answered with ${status}`
  }

  /** A response, or Lost where the bridge or its handlers are away. */
  async #get(path: string, init: { method?: string; body?: Uint8Array } = {}) {
    try {
      const signal = AbortSignal.timeout(CALL_MS)
      const options = { ...init, signal, dispatcher: this.#http }
      const response = await fetch(`${this.#url}${path}`, options)
      // Read to its end: a response that breaks off is told here.
      const bytes = new Uint8Array(await response.arrayBuffer())
      const text = () => Buffer.from(bytes).toString()
      return { status: response.status, text, json: async () => JSON.parse(text()) as unknown }
    } catch (error) {
      throw new Lost(`${path}: ${(error as Error).message}`, { cause: (error as Error).cause })
    }
  }

  async #json(path: string, init?: { method: string; body?: Uint8Array }): Promise<unknown> {
    return this.#context.ledger.call(path, CALL_MS, async () => {
      const response = await this.#get(path, init)
      if (AWAY.has(response.status))
        throw new Lost(`${path}: ${response.status} ${response.text()}`)
      if (response.status !== 200) throw new Error(`${response.status} ${response.text()}`)
      return response.json()
    })
  }

  #wrong(what: string, got: unknown): void {
    this.#context.ledger.fault(`${what} was answered with ${JSON.stringify(got)}`)
  }

  async #echo(): Promise<void> {
    const n = ++this.#n
    const got = (await this.#json(`/echo/${n}`)) as { n: string } | undefined
    if (got && got.n !== String(n)) this.#wrong(`/echo/${n}`, got)
  }

  async #double(): Promise<void> {
    const n = ++this.#n
    const got = (await this.#json(`/double/${n}`)) as { n: number } | undefined
    if (got && got.n !== n * 2) this.#wrong(`/double/${n}`, got)
  }

  async #upload(): Promise<void> {
    const bytes = Math.floor(Math.random() ** 3 * LONGEST_BODY)
    const body = new Uint8Array(bytes).fill(7)
    const got = (await this.#json('/sum', { method: 'POST', body })) as {
      bytes: number
      sum: number
    }
    if (got && (got.bytes !== bytes || got.sum !== (bytes * 7) % 65_521)) this.#wrong('/sum', got)
  }

  async #note(): Promise<void> {
    const n = String(++this.#n)
    const got = await this.#json(`/note/${n}`, { method: 'POST' })
    if (got === undefined) return
    this.#read()
    if (!this.#noted.has(n)) this.#wrong(`/note/${n}`, 'success, and it did not run')
  }

  async #lines(): Promise<void> {
    const count = 1 + Math.floor(Math.random() * MOST_LINES)
    const path = `/lines/${count}`
    await this.#context.ledger.call(path, CALL_MS, async () => {
      const response = await this.#get(path)
      if (AWAY.has(response.status)) throw new Lost(`${path}: ${response.status}`)
      const lines = response.text().split('\n').slice(0, -1)
      if (
        response.status !== 200 ||
        lines.length !== count ||
        lines.some((line, at) => line !== `${at + 1}`)
      )
        throw new Error(`${response.status} with ${lines.length} lines`)
      return true
    })
  }

  async #call(): Promise<void> {
    const n = ++this.#n
    const options = { timeout: CALL_MS }
    const rpc = this.#rpc
    const got = await this.#context.ledger.call('rpc double', CALL_MS, async () =>
      rpc?.call('double', n, options),
    )
    if (got !== undefined && got !== n * 2) this.#wrong(`rpc double ${n}`, got)
  }

  #read(): void {
    for (const line of this.#notes.read()) {
      if (this.#noted.has(line)) this.#context.ledger.fault(`/note/${line} ran twice`)
      this.#noted.add(line)
    }
  }
}
