// The supervisor's process as the studio's program holds it: started again when it is killed, ended
// with everything by the end of its stdin.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Milliseconds before a dead one is started again: at once for a person, no storm for a machine. */
const AGAIN_MS = 300
/** Milliseconds for all apps to end: each has 3 s, and 2 more when it is killed. */
const PATIENCE_MS = 10_000

export class KeptSupervisor {
  readonly #directory: string
  readonly #stopping = new AbortController()
  #child: ChildProcess | undefined
  /** Resolves when it has ended for good: on `close`, and when somebody told it to (superctl kill). */
  readonly ended: Promise<void>

  /** `directory` is there already. */
  constructor(directory: string) {
    this.#directory = directory
    this.ended = this.#run()
  }

  /** Ends all apps, removes the directory. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#stopping.abort()
    this.#child?.stdin?.end()
    const killing = setTimeout(() => this.#child?.kill('SIGKILL'), PATIENCE_MS)
    await this.ended
    clearTimeout(killing)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (await this.#once()) return
      // Closed meanwhile: the loop's condition says the rest.
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves with whether it ended in good order. */
  #once(): Promise<boolean> {
    const script = fileURLToPath(new URL('main.js', import.meta.url))
    const log = openSync(join(this.#directory, 'supervisor.log'), 'a', 0o600)
    const child = spawn(process.execPath, [script, this.#directory], {
      stdio: ['pipe', log, log],
      // A group of its own: Ctrl-C in the terminal is for the program that started it.
      detached: true,
    })
    closeSync(log)
    this.#child = child
    // It may be gone when its stdin is ended.
    child.stdin?.on('error', () => {})
    return new Promise((resolve) => {
      child.once('error', () => resolve(false))
      child.once('exit', (code) => resolve(code === 0))
    })
  }
}
