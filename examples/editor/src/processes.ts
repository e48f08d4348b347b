// A process that is kept: started again when it dies, until it is told to stop.
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface KeptOptions {
  readonly name: string
  /** Run by this Node. */
  readonly script: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** It runs. Told again for each start. */
  started(pid: number): void
  /** It died and will be started again. */
  died(why: string): void
}

/** Milliseconds before a dead one is started again: at once for a person, no storm for a machine. */
const AGAIN_MS = 300
/** Milliseconds after which one that was asked to stop is killed. */
const PATIENCE_MS = 5000

export class Kept {
  readonly #options: KeptOptions
  readonly #stopping = new AbortController()
  readonly #over: Promise<void>
  #child: ChildProcess | undefined

  constructor(options: KeptOptions) {
    this.#options = options
    this.#over = this.#run()
  }

  /** Its next end is its last. Ctrl-C in a terminal reaches all processes at once, in any order. */
  finish(): void {
    this.#stopping.abort()
  }

  /** Asks it to stop, and waits until it is gone. Idempotent. */
  async stop(): Promise<void> {
    this.finish()
    const child = this.#child
    child?.kill('SIGTERM')
    const killing = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS)
    await this.#over
    clearTimeout(killing)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const why = await this.#once()
      if (signal.aborted) return
      this.#options.died(why)
      // Stopped meanwhile: the loop's condition says the rest.
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves with why it ended. */
  #once(): Promise<string> {
    const { script, args, env, started } = this.#options
    const child = spawn(process.execPath, [script, ...args], {
      // Its stdin ends with this process, however that ends.
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    })
    this.#child = child
    return new Promise((resolve) => {
      child.once('spawn', () => started(child.pid ?? 0))
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`))
    })
  }
}
