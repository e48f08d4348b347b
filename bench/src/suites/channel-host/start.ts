// The processes of a subject: those between client and echo, and a client of its own.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ask, Echoed, Reply, Work } from './asks.js'

export type Role =
  | 'client'
  | 'bare-echo'
  | 'bare-socket'
  | 'bare-relay'
  | 'bare-relay-joined'
  | 'host'
  | 'agent'
  | 'inside'

/** Milliseconds without an answer after which a process hangs. A minute: a slice takes a second. */
const PATIENCE_MS = 60_000

const running = new Set<ChildProcess>()
process.on('exit', endAll)

export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

export interface StartOptions {
  readonly directory: string
  readonly profile: string | undefined
}

/** One process, and what it is asked. */
export class Part {
  readonly role: Role
  readonly #child: ChildProcess
  readonly #name: string
  url = ''

  private constructor(child: ChildProcess, role: Role, name: string) {
    this.role = role
    this.#child = child
    this.#name = name
  }

  static async start(
    subject: string,
    role: Role,
    path: string,
    { profile }: StartOptions,
  ): Promise<Part> {
    const execArgv = ['--expose-gc']
    if (profile !== undefined) {
      const directory = join(profile, `${subject}.${role}`)
      await mkdir(directory, { recursive: true })
      execArgv.push('--cpu-prof', `--cpu-prof-dir=${directory}`)
    }
    const child = fork(new URL('./process.js', import.meta.url), [role, path], {
      execArgv,
      // A child's own words go to stderr: stdout carries the report alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    const part = new Part(child, role, `the ${role} of ${subject}`)
    part.url = (await part.#answer()) as string
    return part
  }

  ask(asked: Ask): Promise<unknown> {
    const answered = this.#answer()
    this.#child.send(asked)
    return answered
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    await this.ask({ ask: 'stop' })
    await ended
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        this.#child.off('message', answered).off('exit', ended)
      }
      const answered = (reply: Reply) => {
        settle()
        if ('failure' in reply) reject(new Error(`${this.#name}: ${reply.failure}`))
        else resolve(reply.answer)
      }
      const ended = (code: number | null, signal: string | null) => {
        settle()
        reject(new Error(`${this.#name} ended with ${signal ?? `code ${code}`}`))
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`${this.#name} did not answer within ${PATIENCE_MS / 1000} s`))
      }, PATIENCE_MS)
      this.#child.on('message', answered).on('exit', ended)
    })
  }
}

export interface Slice extends Echoed {
  /** Microseconds of CPU for each message, in all processes but the client. */
  readonly between: number
}

/** A subject that runs: its processes, the one that clients connect to last. */
export class Running {
  readonly #client: Part
  readonly #parts: readonly Part[]
  readonly #url: string

  private constructor(client: Part, parts: readonly Part[], url: string) {
    this.#client = client
    this.#parts = parts
    this.#url = url
  }

  static async start(
    subject: string,
    roles: readonly Role[],
    options: StartOptions,
  ): Promise<Running> {
    const path = join(options.directory, `${subject}.sock`)
    const parts: Part[] = []
    for (const role of roles) parts.push(await Part.start(subject, role, path, options))
    const client = await Part.start(subject, 'client', path, { ...options, profile: undefined })
    const found = parts.find(({ url }) => url.startsWith('ws:')) as Part
    return new Running(client, parts, found.url)
  }

  async open(count: number): Promise<void> {
    await this.#client.ask({ ask: 'open', url: this.#url, count })
  }

  async slice(work: Work): Promise<Slice> {
    const before = await this.#cpu()
    const echoed = (await this.#client.ask({ ask: 'echo', ...work })) as Echoed
    return { ...echoed, between: ((await this.#cpu()) - before) / echoed.messages }
  }

  /** Resident bytes of each process but the client, in the order of the roles. */
  async memory(): Promise<readonly number[]> {
    const all: number[] = []
    for (const part of this.#parts) all.push((await part.ask({ ask: 'memory' })) as number)
    return all
  }

  async stop(): Promise<void> {
    await this.#client.stop()
    for (const part of this.#parts) await part.stop()
  }

  async #cpu(): Promise<number> {
    const all = await Promise.all(this.#parts.map((part) => part.ask({ ask: 'cpu' })))
    return (all as number[]).reduce((sum, one) => sum + one, 0)
  }
}
