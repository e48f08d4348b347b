// A process that the soak starts, disturbs and starts again. It never outlives the soak.
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { within } from './ledger.js'
import type { Measured } from './measure.js'
import type { How } from './part.js'

/** Milliseconds until a process that was asked to end is killed. 20 s: the longest drain is 10 s. */
const GRACE_MS = 20_000
/** Milliseconds for its first line. 30 s: starting takes a quarter of one on an idle machine. */
const START_MS = 30_000
/** Lines kept of what it says on stderr, for when it fails. */
const LAST_WORDS = 5
/** Done, or by convention 128 and the number of SIGTERM. */
const ENDED_WELL: readonly (number | null)[] = [0, 143]
/** Milliseconds of a pause: half a second to three. */
const pauseMs = (random: () => number) => 500 + 2500 * random()

const probe = fileURLToPath(new URL('./probe.js', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ProcessOptions {
  readonly name: string
  /** What Node runs, and with what. */
  readonly program: string
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Another program than Node: then it cannot be probed. */
  readonly command?: string
  /** A line on stdout or stderr; the first one of them says that it runs. */
  readonly line?: (line: string) => void
  /** With it: Node's own channel to the process. */
  readonly message?: (message: unknown) => void
  /** Told of each end, before it is started again. */
  readonly ended?: () => void
}

/** A process ended by itself: waiting for it would not help. */
export class Gone extends Error {}

export class SoakProcess {
  readonly name: string
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #errors: string[] = []
  #stopped = false

  constructor(options: ProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Why it does not run, or undefined when it does. */
  get gone(): string | undefined {
    const child = this.#child
    if (child === undefined) return `the ${this.name} was not started`
    if (child.exitCode === null && child.signalCode === null) return undefined
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    return `the ${this.name} ended (${how}): ${this.#errors.join(' | ') || 'nothing on stderr'}`
  }

  /** Throws Gone when it does not run. */
  mustRun(): void {
    if (this.gone) throw new Gone(this.gone)
  }

  measured(steady: boolean): readonly Measured[] {
    return this.gone ? [] : [{ name: this.name, pid: this.pid, steady }]
  }

  /** Resolves with its first line. Rejects when it ends or says nothing in time. */
  async start(): Promise<void> {
    const { program, args = [], env, command, message, line } = this.#options
    this.#errors = []
    const [file, argv] = command
      ? [command, [program, ...args]]
      : [process.execPath, ['--import', probe, program, ...args]]
    // A group of its own: a Ctrl-C on the terminal is for the soak, which ends the parts in order.
    const child = spawn(file, argv, {
      stdio: ['pipe', 'pipe', 'pipe', ...(message ? (['ipc'] as const) : [])],
      detached: true,
      env: { ...process.env, ...env },
    })
    this.#child = child
    running.add(child)
    child.stdin?.on('error', () => {
      // A killed process does not read on. How it ended is told by its exit.
    })
    this.#ended = new Promise((resolve) => {
      const gone = () => {
        running.delete(child)
        resolve()
      }
      child.once('exit', gone)
      child.once('error', (error) => {
        this.#errors.push(error.message)
        gone()
      })
    })
    if (message) child.on('message', message)
    const first = new Promise<void>((resolve) => {
      const said = (text: string) => {
        line?.(text)
        resolve()
      }
      eachLine(child.stdout, said)
      eachLine(child.stderr, (text) => {
        this.#errors.push(text)
        this.#errors.splice(0, this.#errors.length - LAST_WORDS)
        said(text)
      })
    })
    await within(`the start of the ${this.name}`, START_MS, Promise.race([first, this.#ended]))
    this.mustRun()
  }

  send(message: object): void {
    if (this.#child?.connected) this.#child.send(message)
  }

  /** Ends it and starts it again, or stops it for a while. Rejects when it went in another way than asked. */
  async disturb(how: How, random: () => number): Promise<void> {
    this.mustRun()
    if (how === 'pause') {
      this.#child?.kill('SIGSTOP')
      this.#stopped = true
      try {
        await sleep(pauseMs(random))
      } finally {
        this.#stopped = false
        this.#child?.kill('SIGCONT')
      }
      return
    }
    await this.end(how)
    this.#options.ended?.()
    await this.start()
  }

  /** Resolves when it is gone. Rejects with what was wrong about the way it went. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.mustRun()
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    await within(`the end of the ${this.name}`, GRACE_MS * 2, this.#ended)
    clearTimeout(timer)
    if (signal === 'SIGKILL') return
    if (child.signalCode === 'SIGKILL')
      throw new Error(`the ${this.name} did not end within ${GRACE_MS / 1000} s of SIGTERM`)
    if (!ENDED_WELL.includes(child.exitCode) && child.signalCode !== 'SIGTERM')
      throw new Error(this.gone)
  }

  /** At once, and without waiting: for the end of the soak's own process. */
  abandon(): void {
    if (this.#stopped) this.#child?.kill('SIGCONT')
    this.#child?.kill('SIGKILL')
  }
}

/** Disturbs a process that another one started, and will start again. */
export async function signalled(pid: number, how: How, random: () => number): Promise<void> {
  try {
    process.kill(pid, how === 'pause' ? 'SIGSTOP' : how)
    if (how !== 'pause') return
    await sleep(pauseMs(random))
    process.kill(pid, 'SIGCONT')
  } catch (error) {
    // It ended by itself, or was found dead and replaced while it was stopped.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, took: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) took(line)
  })
}

/** The launcher of a system's command. */
export function launcher(system: string, command: string): string {
  const main = import.meta.resolve(`@tieline/${system}`).replace('/src/', '/')
  return fileURLToPath(new URL(`../bin/${command}.js`, main))
}

/** A program of the soak's own. */
export const worker = (name: string): string =>
  fileURLToPath(new URL(`./workers/${name}.js`, import.meta.url))
