// The orchestrator's handle on a subject: its server and its client, each a child process.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cores } from './cores.js'
import type { Measured, Reply, Request, Role } from './host.js'
import type { Subject } from './subject.js'
import type { SubjectName } from './subjects/index.js'
import type { TaskName } from './task-name.js'
import type { Length } from './work.js'

/** A slice takes a few seconds at most: a side that is silent for this long hangs. */
const patienceMs = 60_000

export interface PairSlice extends Measured {
  readonly serverCpu: number
}

export interface PairOptions {
  /** A directory for sockets, of this run alone. */
  readonly directory: string
  /** Where both sides leave a CPU profile when they end. */
  readonly profile: string | undefined
  readonly cores: Cores
}

export class Pair {
  readonly name: SubjectName
  readonly #server: Side | undefined
  readonly #client: Side

  private constructor(name: SubjectName, server: Side | undefined, client: Side) {
    this.name = name
    this.#server = server
    this.#client = client
  }

  static async start(name: SubjectName, subject: Subject, options: PairOptions): Promise<Pair> {
    const path = join(options.directory, name)
    const { cores } = options
    const server = subject.server
      ? await Side.start('server', name, path, options, cores.server)
      : undefined
    try {
      const core = subject.server ? cores.client : cores.both
      const client = await Side.start('client', name, path, options, core)
      return new Pair(name, server, client)
    } catch (error) {
      server?.kill()
      throw error
    }
  }

  async slice(task: TaskName, length: Length): Promise<PairSlice> {
    const before = await this.#serverCpu()
    const measured = (await this.#client.ask({
      ask: 'slice',
      task,
      length,
    })) as Measured
    const spent = (await this.#serverCpu()) - before
    return { ...measured, serverCpu: measured.serverCpu ?? spent }
  }

  /** Of the client and of the server, as far as they are processes. */
  get pids(): { readonly client: number; readonly server: number | undefined } {
    return { client: this.#client.pid, server: this.#server?.pid }
  }

  async stop(): Promise<void> {
    await this.#client.stop()
    await this.#server?.stop()
  }

  kill(): void {
    this.#client.kill()
    this.#server?.kill()
  }

  async #serverCpu(): Promise<number> {
    return this.#server ? ((await this.#server.ask({ ask: 'cpu' })) as number) : 0
  }
}

/** Every process that was started and has not ended. */
const running = new Set<ChildProcess>()

/** For the end of an interrupted run: nothing is left behind. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A process of host.ts, and what it is asked. */
export class Side {
  readonly #child: ChildProcess
  readonly #label: string

  private constructor(child: ChildProcess, label: string) {
    this.#child = child
    this.#label = label
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  static async start(
    role: Role,
    name: SubjectName,
    path: string,
    options: Pick<PairOptions, 'profile'>,
    core?: string,
  ): Promise<Side> {
    // The memory suite collects garbage before it looks.
    const execArgv = role === 'holder' || role === 'held' ? ['--expose-gc'] : []
    if (options.profile !== undefined) {
      const directory = join(options.profile, `${name}.${role}`)
      await mkdir(directory, { recursive: true })
      execArgv.push('--cpu-prof', `--cpu-prof-dir=${directory}`)
    }
    const child = fork(new URL('./host.js', import.meta.url), [role, name, path], {
      // `taskset -c CORES node …`: the threads and children of the process keep to the cores too.
      ...(core === undefined
        ? { execArgv }
        : { execPath: 'taskset', execArgv: ['-c', core, process.execPath, ...execArgv] }),
      // A child's own words go to stderr: stdout carries the report alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    // Without a listener a program that is not there (taskset) would end the whole run.
    child.on('error', () => running.delete(child))
    const side = new Side(child, `the ${role} of ${name}`)
    try {
      await side.ask({ ask: 'start' })
    } catch (error) {
      side.kill()
      throw error
    }
    return side
  }

  ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        this.#child.off('message', answered).off('exit', ended).off('error', failed)
      }
      const answered = (reply: Reply) => {
        settle()
        if ('failure' in reply) reject(new Error(`${this.#label}: ${reply.failure}`))
        else resolve(reply.answer)
      }
      const ended = (code: number | null, signal: string | null) => {
        settle()
        reject(new Error(`${this.#label} ended with ${signal ?? `code ${code}`}`))
      }
      const failed = (error: Error) => {
        settle()
        reject(new Error(`${this.#label} could not run: ${error.message}`))
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`${this.#label} did not answer within ${patienceMs / 1000} s`))
      }, patienceMs)
      this.#child.on('message', answered).on('exit', ended).on('error', failed)
      if (!this.#child.connected) ended(this.#child.exitCode, this.#child.signalCode)
      else this.#child.send(request)
    })
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    await this.ask({ ask: 'stop' })
    await ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
