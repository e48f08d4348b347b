// One part of the player driver as a process that the soak kills and starts again, and what /proc
// tells of it. It ends with the soak, however that ends: the soak holds the other end of its stdin.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(
  new URL(
    '../bin/player-driver.js',
    import.meta.resolve('@tieline/player-driver').replace('/src/', '/'),
  ),
)

/** Milliseconds until a part that was asked to end is killed. A driver may need 5 s to drain. */
const GRACE_MS = 10_000
/** Milliseconds for its first line. 30 s: starting takes a quarter of one on an idle machine. */
const START_MS = 30_000
/** Lines kept of what it says on stderr, for when it fails. */
const LAST_WORDS = 5
/** Done, or by convention 128 and the number of SIGTERM. */
const ENDED_WELL: readonly (number | null)[] = [0, 143]

export type PartName = 'driver' | 'user' | 'watcher' | 'display'
export type Signal = 'SIGTERM' | 'SIGKILL'

export class Part {
  readonly name: PartName
  /** The last line on stdout. */
  line = ''
  /** How many lines began with the word `playing`. */
  playing = 0
  readonly #argv: readonly string[]
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #errors: string[] = []

  constructor(name: PartName, argv: readonly string[]) {
    this.name = name
    this.#argv = argv
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Why it does not run, or undefined when it does. */
  get gone(): string | undefined {
    const { exitCode, signalCode } = this.#child ?? { exitCode: null, signalCode: null }
    if (exitCode === null && signalCode === null) return undefined
    const how = signalCode ?? `exit code ${exitCode}`
    return `the ${this.name} ended (${how}): ${this.#errors.join(' | ') || 'nothing on stderr'}`
  }

  /** Resolves with its first line. Rejects when it ends or says nothing in time. */
  async start(): Promise<void> {
    this.line = ''
    this.#errors = []
    // A group of its own: a Ctrl-C on the terminal is for the soak, which ends the parts in order.
    const child = spawn(process.execPath, [launcher, ...this.#argv, '--tied'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child = child
    child.stdin.on('error', () => {
      // A killed process does not read on. How it ended is told by its exit.
    })
    this.#ended = new Promise((resolve) => {
      child.once('close', () => resolve())
      child.once('error', (error) => {
        this.#errors.push(error.message)
        resolve()
      })
    })
    const first = new Promise<void>((resolve) => {
      eachLine(child.stdout, (line) => {
        this.line = line
        if (line.startsWith('playing')) this.playing++
        resolve()
      })
    })
    eachLine(child.stderr, (line) => {
      this.#errors.push(line)
      this.#errors.splice(0, this.#errors.length - LAST_WORDS)
    })
    const late = new AbortController()
    const timer = sleep(START_MS, 'late', { signal: late.signal }).catch(() => 'late')
    const how = await Promise.race([first, this.#ended.then(() => 'ended'), timer])
    late.abort()
    if (how === 'ended') throw new Error(this.gone ?? `the ${this.name} could not be started`)
    if (how === 'late') throw new Error(`the ${this.name} said nothing for ${START_MS / 1000} s`)
  }

  /** Resolves when it is gone, with what was wrong about the way it went. */
  async end(signal: Signal): Promise<string | undefined> {
    const child = this.#child
    if (child === undefined) return undefined
    if (this.gone) return this.gone
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    await this.#ended
    clearTimeout(timer)
    if (signal === 'SIGKILL') return undefined
    if (child.signalCode === 'SIGKILL')
      return `the ${this.name} did not end within ${GRACE_MS / 1000} s of SIGTERM`
    return ENDED_WELL.includes(child.exitCode) ? undefined : this.gone
  }

  /** At once, and without waiting: for the end of the soak's own process. */
  kill(): void {
    if (!this.gone) this.#child?.kill('SIGKILL')
  }
}

function eachLine(stream: NodeJS.ReadableStream, took: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) took(line)
  })
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

export function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Ids of processes that have the text in their command line. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)
    } catch {
      // It ended between the two reads.
      return false
    }
  })
}
