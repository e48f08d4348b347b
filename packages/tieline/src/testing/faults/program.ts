// Runs programs for tests, and kills them: from outside when a line was said, or from inside at a point
// that has a name, so that it dies at exactly that step each time.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a program ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What `keepRunning` and its like start a program with. */
export interface ProgramOptions {
  readonly args?: readonly string[]
  /** What `import` of a bare name is resolved from. Default: this process's. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /**
   * The point at which it is killed with SIGKILL: a name that it calls `killPoint` with, or `name:3`
   * for the third time that it does.
   */
  readonly killAt?: string
}

/**
 * What a program finds when it starts: `killPoint(name)`, and `killPoints(object)`, the object with a
 * point `name:before` and one `name:after` around each of its functions.
 */
const POINTS = `
  const [, wanted, times] = /^(.*?)(?::(\\d+))?$/.exec(process.env.TIELINE_KILL_AT ?? '')
  let left = Number(times ?? 1)
  globalThis.killPoint = (name) => {
    if (name !== wanted || --left > 0) return
    process.kill(process.pid, 'SIGKILL')
    // The signal takes a moment; nothing may be done in it.
    for (;;);
  }
  globalThis.killPoints = (object) => new Proxy(object, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (...args) => {
        killPoint(name + ':before')
        const result = value.apply(target, args)
        killPoint(name + ':after')
        return result
      }
    },
  })
`
const PRELUDE = `data:text/javascript,${encodeURIComponent(POINTS)}`

const running = new Set<Program>()

/** A Node process that runs `code` as a module. What it prints on stderr goes to ours. */
export class Program {
  readonly lines: string[] = []
  /** Resolves when it has ended and its output is read. */
  readonly exit: Promise<Exit>
  readonly #process: ChildProcess
  #looking: (() => void)[] = []

  constructor(code: string, options: ProgramOptions = {}) {
    const { args = [], cwd, env = {}, killAt = '' } = options
    const flags = ['--import', PRELUDE, '--input-type=module', '-e', code]
    const child = spawn(process.execPath, [...flags, ...args], {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env, TIELINE_KILL_AT: killAt },
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

/** Runs a program again whenever it was killed or failed, until it ends well or `stop` is called. */
export function keepRunning(code: string, options: ProgramOptions = {}) {
  let program = new Program(code, options)
  let over = false
  const ended = (async () => {
    for (;;) {
      const { code: status } = await program.exit
      if (status === 0 || over) return
      program = new Program(code, options)
    }
  })()
  return {
    /** Resolves when it has ended well, or was stopped. */
    ended,
    kill: (signal: NodeJS.Signals = 'SIGKILL') => program.kill(signal),
    stop(): Promise<void> {
      over = true
      program.kill('SIGKILL')
      return ended
    },
  }
}

/** Ends those that still run. For afterEach. */
export async function endPrograms(): Promise<void> {
  const all = [...running]
  for (const program of all) program.kill('SIGKILL')
  await Promise.all(all.map((program) => program.exit))
}
