// The supervisor: a daemon with apps that print numbered lines and crash, a follower of their lines,
// and a client of the original's wire.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BunctlClient,
  BunctlContract,
  bunctl,
  type SupervisorClient,
  SupervisorContract,
} from '@tieline/supervisor'
import { type ConnectedClient, connect } from 'tieline'
import { Lost } from '../ledger.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { childrenOf, processesWith } from '../proc.js'
import { launcher, SoakProcess, signalled } from '../process.js'
import { oneOf } from '../random.js'
import { Tail } from '../tail.js'
import { BACK_MS, Traffic, until } from '../traffic.js'

/** Milliseconds that a call may take. A stop of an app may wait for its end. */
const CALL_MS = 10_000
const timeout = CALL_MS
const APPS = ['printer', 'talker', 'crasher'] as const
/** Each line has the shell's pid and a number of its own. */
const scripts: Readonly<Record<(typeof APPS)[number], string>> = {
  printer: 'n=0; while :; do n=$((n+1)); echo "$$ $n"; sleep 0.05; done',
  talker: 'n=0; while :; do n=$((n+1)); echo "$$ $n"; sleep 0.2; done',
  crasher: 'n=0; while [ $n -lt 20 ]; do n=$((n+1)); echo "$$ $n"; sleep 0.05; done; exit 3',
}

export function supervisorPart(context: SoakContext): SoakPart {
  return new SupervisorPart(context)
}

class SupervisorPart implements SoakPart {
  readonly #context: SoakContext
  readonly #daemon: SoakProcess
  readonly #clients: { close(): Promise<void> }[] = []
  readonly #tails = new Map<string, Tail>()
  /** The last number of each process of each app, as the log file has it. */
  readonly #lines = new Map<string, number>()
  #client!: SupervisorClient
  #traffic!: Traffic
  /** Whether a daemon was killed: then the last lines may be in the log twice. */
  #killed = false

  constructor(context: SoakContext) {
    this.#context = context
    const args = ['daemon', '--socket', this.#socket, '--state', join(context.place, 'state')]
    this.#daemon = new SoakProcess({
      name: 'daemon',
      program: launcher('supervisor', 'superctl'),
      args,
    })
  }

  get #socket(): string {
    return join(this.#context.place, 'daemon.sock')
  }

  async start(): Promise<void> {
    await this.#daemon.start()
    const at = `unix:${this.#socket}`
    const reconnect = { cap: 1000 }
    const client: ConnectedClient<typeof SupervisorContract> = await connect(SupervisorContract, {
      at,
      reconnect,
    })
    const original = await connect(BunctlContract, { at, reconnect, protocol: bunctl() })
    this.#client = client
    this.#clients.push(client.$connection, original.$connection)
    for (const name of APPS) {
      const backoff = { base_delay_ms: 100, max_delay_ms: 500, jitter: 0 }
      const args = ['-c', scripts[name], `${this.#context.place}-${name}`]
      const config = { name, command: '/bin/sh', args, cwd: this.#context.place }
      await client.start({
        config: { ...config, restart_policy: 'always', auto_start: true, backoff },
      })
    }
    for (const { name, stdout_log } of await client.status({}))
      this.#tails.set(name, new Tail(stdout_log))
    this.#traffic = new Traffic(this.#context.ledger, [
      () => this.#asks(client),
      () => this.#originals(original),
      () => this.#follows(client),
    ])
  }

  async work(on: boolean): Promise<void> {
    await this.#traffic.work(on)
  }

  async check(): Promise<void> {
    await until(BACK_MS, () => this.#missing())
    this.#logs()
  }

  async kill(how: How): Promise<string> {
    const { half, random } = this.#context
    if (half === 'first') {
      this.#killed ||= how === 'SIGKILL'
      await this.#daemon.disturb(how, random)
      return 'daemon'
    }
    // The daemon stays; one of its apps is hit, and it must start it again by itself.
    const name = oneOf(random, APPS)
    const [status] = await this.#client.status({ name }, { timeout })
    const pid = status?.pid
    if (pid === null || pid === undefined) return name
    await signalled(pid, how, random)
    return name
  }

  measure() {
    return this.#daemon.measured(this.#context.half === 'second')
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((one) => one.close()))
    await this.#daemon.end('SIGTERM')
    const left = processesWith(`${this.#context.place}-`)
    if (left.length > 0) throw new Error(`apps left over: ${left.join(', ')}`)
    this.#logs()
    rmSync(join(this.#context.place, 'state'), { recursive: true })
  }

  abandon(): void {
    this.#daemon.abandon()
    for (const pid of processesWith(`${this.#context.place}-`)) process.kill(Number(pid), 'SIGKILL')
  }

  async #missing(): Promise<string | undefined> {
    this.#daemon.mustRun()
    const told = await this.#client.status({}, { timeout })
    if (told.length !== APPS.length) return `${told.length} apps, not ${APPS.length}`
    for (const { name, state, pid } of told) {
      // It crashes by itself, and may be between two runs.
      if (name === 'crasher') continue
      if (state !== 'running') return `${name} is ${state}`
      const found = topmost(processesWith(`${this.#context.place}-${name}`))
      if (found.length > 1)
        this.#context.ledger.fault(`${name} runs ${found.length} times: ${found}`)
      if (found.join() !== String(pid)) return `${name} should be ${pid} and is ${found}`
    }
    return undefined
  }

  async #asks(client: SupervisorClient): Promise<void> {
    const { ledger } = this.#context
    const told = await ledger.call('status', CALL_MS, () => client.status({}, { timeout }))
    if (told && told.length !== APPS.length) ledger.fault(`status told of ${told.length} apps`)
    const logs = await ledger.call('logs', CALL_MS, () =>
      client.logs({ name: 'printer', lines: 5 }, { timeout }),
    )
    if (logs && logs[0]?.app !== 'printer') ledger.fault('logs of printer are those of another')
  }

  /** Replies have no ids there: two at once must be answered in their order. */
  async #originals(client: BunctlClient): Promise<void> {
    const { ledger } = this.#context
    const list = () => ledger.call('List', CALL_MS, () => client.List(undefined, { timeout }))
    const status = () =>
      ledger.call('Status', CALL_MS, () => client.Status({ name: 'talker' }, { timeout }))
    const [names, told] = await Promise.all([list(), status()])
    if (names && [...names].sort().join() !== [...APPS].sort().join())
      ledger.fault(`List was answered with ${JSON.stringify(names)}`)
    if (told && !JSON.stringify(told).includes('talker'))
      ledger.fault(`Status of talker was answered with ${JSON.stringify(told)}`)
  }

  /** Some lines as they come, without a gap within one process of the app. */
  async #follows(client: SupervisorClient): Promise<void> {
    const { ledger } = this.#context
    const last = new Map<string, number>()
    let seen = 0
    const read = async () => {
      for await (const batch of client.follow({ name: 'printer', lines: 3 }, { timeout })) {
        for (const event of batch) {
          if (event.event_type === 'events_lost') last.clear()
          if (event.event_type !== 'log_line' || ++seen < 1) continue
          const [pid = '', text] = event.data.line.split(' ')
          const [n, before] = [Number(text), last.get(pid)]
          if (before !== undefined && n !== before + 1 && !(this.#killed && n <= before))
            ledger.fault(`line ${event.data.line} of printer came after ${before}`)
          last.set(pid, n)
        }
        if (seen > 10) return true
      }
      // A daemon that ends in good order ends its streams.
      throw new Lost('the stream ended')
    }
    await ledger.call('follow', CALL_MS * 3, read)
  }

  /** In the log every process's lines are there, in order, from the first one on. */
  #logs(): void {
    const { ledger } = this.#context
    for (const [app, tail] of this.#tails) {
      for (const line of tail.read()) {
        const [pid = '', text] = line.split(' ').slice(-2)
        const key = `${app} ${pid}`
        const [n, before] = [Number(text), this.#lines.get(key) ?? 0]
        if (n > before + 1) ledger.fault(`the log of ${app} has ${line} after ${before}`)
        if (n <= before && !this.#killed) ledger.fault(`the log of ${app} has ${line} twice`)
        this.#lines.set(key, Math.max(n, before))
      }
    }
  }
}

/** Without the children of others: between a fork and an exec the shell's `sleep` looks like the shell. */
function topmost(pids: readonly string[]): readonly string[] {
  return pids.filter(
    (pid) => !pids.some((other) => childrenOf(Number(other)).includes(Number(pid))),
  )
}
