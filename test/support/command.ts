// Commands that tests run: what they say, how they end, and that none outlives its test. A wait that fails
// shows all that the command has said.
import { type ChildProcess, spawn } from 'node:child_process'
import { vi } from 'vitest'
import { atEnd } from './at-end.js'

/** Milliseconds that a wait takes at most. Processes start slowly where much else runs. */
const PATIENCE_MS = 45_000
// A wait is to fail before its test does: only it knows what the command has said.
vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 3 * PATIENCE_MS })

const running = new Set<ChildProcess>()
// When the test runner itself is told to go.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface CommandOptions {
  readonly cwd?: string
  /** On top of this process's environment; `undefined` takes one out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Its stdin is a pipe, for the test to write to. Default: there is nothing to read. */
  readonly input?: boolean
  /** Milliseconds that a wait for it takes at most. Default: 45,000. */
  readonly patienceMs?: number
}

/** A program that runs. Ended with its test, or with the file when it was started outside of one. */
export class Command {
  readonly child: ChildProcess
  out = ''
  err = ''
  readonly #line: string
  readonly #patienceMs: number
  #code: number | NodeJS.Signals | null | undefined
  #failure: Error | undefined

  constructor(program: string, args: readonly string[], options: CommandOptions = {}) {
    const { cwd, env, input = false, patienceMs = PATIENCE_MS } = options
    this.#patienceMs = patienceMs
    const child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env },
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    this.child = child
    this.#line = [program, ...args].join(' ')
    running.add(child)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    child.on('error', (error) => {
      running.delete(child)
      this.#failure = error
    })
    child.on('exit', () => running.delete(child))
    child.on('close', (code, signal) => {
      if (!this.#failure) this.#code = signal ?? code
    })
    atEnd(() => this.#finish())
  }

  get pid(): number {
    return this.child.pid as number
  }

  get isRunning(): boolean {
    return running.has(this.child)
  }

  /**
   * Waits until a text, or the pattern, is in whole lines that it has said; what `RegExp.exec` finds
   * there. On stdout or stderr, so name enough of it. Fails at once when it ends without.
   */
  said(wanted: string | RegExp): Promise<string[]> {
    return this.#until(`say ${wanted}`, () => {
      const found = foundIn(this.out, wanted) ?? foundIn(this.err, wanted)
      if (!found && this.#code !== undefined) throw this.#fault(`it ended without saying ${wanted}`)
      return found
    })
  }

  /** Waits until it is over and its output is read. */
  ended(): Promise<Ended> {
    return this.#until('end', () => {
      if (this.#code === undefined) return
      return { code: this.#code, out: this.out, err: this.err }
    })
  }

  /** Sends it a signal, and waits until it is over. */
  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal)
    return this.ended()
  }

  /** As its user would, so that it removes what it made; by force when it does not hear. */
  async #finish(): Promise<void> {
    // Not until its pipes are closed: a child of its own may hold them.
    const isGone = () => !this.isRunning || undefined
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5000)
    await this.#until('end', isGone).finally(() => clearTimeout(late))
  }

  async #until<T>(what: string, look: () => T | undefined): Promise<T> {
    const last = performance.now() + this.#patienceMs
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.#failure) throw this.#failure
      if (performance.now() > last)
        throw this.#fault(`it did not ${what} in ${this.#patienceMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  #fault(what: string): Error {
    return new Error(`${this.#line}: ${what}\nstdout:\n${this.out}\nstderr:\n${this.err}`)
  }
}

/** Runs it to its end. */
export function run(
  program: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<Ended> {
  return new Command(program, args, options).ended()
}

/** What a program that ended well has written on stdout, as JSON. */
export function answer({ code, out, err }: Ended): unknown {
  if (code !== 0) throw new Error(`it ended with ${code}: ${err}`)
  return JSON.parse(out)
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function foundIn(text: string, wanted: string | RegExp): string[] | undefined {
  // The last line may be half of what it is to become.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1)
  if (typeof wanted === 'string') return lines.includes(wanted) ? [wanted] : undefined
  return wanted.exec(lines) ?? undefined
}
