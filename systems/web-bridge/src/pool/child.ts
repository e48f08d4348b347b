// One handler process that the server started: its program, its end, and how it is made to end.
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { ProcessLink } from './process-link.js'

export interface ChildCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

export interface ChildExit {
  /** How it ended, for people: 'ended with code 1', and why where it said so. */
  readonly said: string
}

/** How a process is told where to join, and that it was started by the server. */
export const LAUNCH_VARIABLE = 'WEB_BRIDGE_LAUNCH'

/** The descriptor that a process writes its last words to, when it can not begin. */
export const LAST_WORDS = 3
/** Characters of last words that are kept. */
const WORDS = 1000
/** Milliseconds after the exit until nothing more is waited for: they were written before it. */
const WORDS_MS = 200

/** Milliseconds until a process that was asked to end is made to. 2 s: it has nothing in flight then. */
const GRACE_MS = 2000

type Spawn = (file: string, args: readonly string[], options: SpawnOptions) => ChildProcess

export class Child {
  readonly pid: number | undefined
  /** Resolves when the process has ended, or never began. */
  readonly exited: Promise<ChildExit>
  /** Since it has joined. */
  link: ProcessLink | undefined
  readonly #process: ChildProcess
  #over = false

  /** The process is started at once; nothing is given to a shell. */
  constructor(spawn: Spawn, { file, args, env, cwd }: ChildCommand, launch: string) {
    this.#process = spawn(file, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { ...env, [LAUNCH_VARIABLE]: launch },
      ...(cwd !== undefined && { cwd }),
    })
    this.pid = this.#process.pid
    let words = ''
    const spoken = this.#process.stdio?.[LAST_WORDS] as Readable | undefined
    spoken?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, WORDS)
    })
    this.exited = new Promise((resolve) => {
      const settle = (said: string): void => {
        this.#over = true
        resolve({ said })
      }
      this.#process.once('error', (error) => settle(`could not be started: ${error.message}`))
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        const why = words === '' ? '' : `: ${words}`
        settle((signal === null ? `ended with code ${code}` : `was ended by ${signal}`) + why)
      }
      // Last words may come after the exit; a program that it has left behind may keep the pipe open.
      this.#process.once('close', ended)
      this.#process.once('exit', (...how) => setTimeout(ended, WORDS_MS, ...how).unref())
    })
  }

  /** Asks it to end, then makes it. Resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#over) return
    // One that has joined ends by itself when its connection closes; one that has not is asked.
    if (this.link === undefined) this.#process.kill('SIGTERM')
    const late = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS)
    await this.exited
    clearTimeout(late)
  }

  /** Ends it now. */
  async kill(): Promise<void> {
    if (!this.#over) this.#process.kill('SIGKILL')
    await this.exited
  }
}
