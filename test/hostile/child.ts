// Starts processes for hostile tests: a module given as text, whose lines of output can be waited for.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const running = new Set<Child>()

/** A Node process that runs `code` as a module. What it prints on stderr goes to ours. */
export class Child {
  readonly lines: string[] = []
  /** Resolves when it has ended and its output is read. */
  readonly exit: Promise<Exit>
  readonly #process: ChildProcess
  #looking: (() => void)[] = []

  constructor(code: string, ...args: string[]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process = child
    running.add(this)
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line)
      this.#look()
    })
    this.exit = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode, signal) => {
        running.delete(this)
        resolve({ code: exitCode, signal })
        this.#look()
      })
    })
  }

  get pid(): number {
    return this.#process.pid as number
  }

  get isRunning(): boolean {
    return running.has(this)
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Waits for a line that begins so, and returns its rest. Fails when the process ends without it. */
  async line(beginning: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(beginning))
      if (found !== undefined) return found.slice(beginning.length).trim()
      if (!this.isRunning) throw new Error(`it ended without saying '${beginning}'`)
      await new Promise<void>((resolve) => this.#looking.push(resolve))
    }
  }

  #look(): void {
    for (const resolve of this.#looking.splice(0)) resolve()
  }
}

/** Ends those that still run. For afterEach. */
export async function endChildren(): Promise<void> {
  const all = [...running]
  for (const child of all) child.kill('SIGKILL')
  await Promise.all(all.map((child) => child.exit))
}
