// One part of the demo: this program as a process of its own. It ends when it is told to, and when the
// process that started it is gone, however that went: it holds the other end of its stdin.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { clean } from '../src/display/text.js'

/** From dist/cli to the package's launcher. */
const PROGRAM = fileURLToPath(new URL('../../bin/player-driver.js', import.meta.url))
/** Lines kept of what a part says, for when it fails. */
const LAST_WORDS = 5
/** Characters kept of one. */
const LINE_CHARACTERS = 500
/** Milliseconds until a part that does not end is killed. A driver may need 5 s to drain. */
const GRACE_MS = 6000
/** By convention, 128 and the number of SIGINT. */
const INTERRUPTED = 130

export class Part {
  readonly name: string
  /** Resolves when the part has told its first line. Never rejects; see `ended`. */
  readonly ready: Promise<void>
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #said: string[] = []
  #over: { readonly code: number | null; readonly signal: string | null; error?: Error } | undefined

  /**
   * `inFront`: it writes to this terminal, and takes its Ctrl-C and its size. The others are in
   * process groups of their own, so that they end in order and not with the first key.
   */
  constructor(name: string, argv: readonly string[], { inFront }: { readonly inFront: boolean }) {
    this.name = name
    this.#child = spawn(process.execPath, [PROGRAM, ...argv, '--tied'], {
      stdio: ['pipe', inFront ? 'inherit' : 'pipe', 'pipe'],
      detached: !inFront && process.platform !== 'win32',
    })
    // A process that is gone does not read on.
    this.#child.stdin?.on('error', () => {})
    this.ready = new Promise((resolve) => {
      this.#child.stdout?.once('data', () => resolve())
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text))
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#over ??= { code: null, signal: null, error }
        resolve()
      })
      this.#child.once('close', (code, signal) => {
        this.#over ??= { code, signal }
        resolve()
      })
    })
  }

  /** Done, or ended by Ctrl-C as it should. */
  get endedWell(): boolean {
    const code = this.#over?.code
    return code === 0 || code === INTERRUPTED
  }

  get howItEnded(): string {
    const { code, signal, error } = this.#over ?? {}
    if (error) return error.message
    return signal ? `killed by ${signal}` : `exit code ${code}`
  }

  get lastWords(): readonly string[] {
    return this.#said
  }

  /** Asks it to end, and makes it when it does not. Resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#over) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS)
    await this.ended
    clearTimeout(timer)
  }

  #keep(text: string): void {
    for (const line of text.split('\n')) {
      if (line !== '') this.#said.push(clean(line.slice(0, LINE_CHARACTERS)))
    }
    this.#said.splice(0, Math.max(0, this.#said.length - LAST_WORDS))
  }
}
