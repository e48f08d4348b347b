// Runs the real superctl command, against a daemon of the test's own.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { withEnvironment } from '../processes/process-table.js'
import { settled } from './supervised.js'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const launcher = fileURLToPath(new URL('../../bin/superctl.js', import.meta.url))

export class CommandBench implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'superctl-cli-'))
  readonly socket = join(this.directory, 'run', 'bunctl.sock')
  readonly state = join(this.directory, 'state')
  /** Inherited by the daemon and its apps: how they are found when the test is over. */
  readonly #mark = `TEST_MARK=${randomUUID()}`
  readonly env: NodeJS.ProcessEnv
  #disposed = false

  constructor() {
    const runtime = join(this.directory, 'run')
    mkdirSync(runtime, { mode: 0o700 })
    const { NO_COLOR, ...inherited } = process.env
    this.env = {
      ...inherited,
      XDG_RUNTIME_DIR: runtime,
      SUPERCTL_STATE: this.state,
      TEST_MARK: this.#mark.slice('TEST_MARK='.length),
      NODE_OPTIONS: '',
    }
    // A test that times out does not come to its own end.
    onTestFinished(() => this[Symbol.asyncDispose]())
  }

  run(...args: string[]): Promise<Ran> {
    const child = this.spawn(...args)
    return finished(child)
  }

  /** Its answer as JSON, which must be a good one. */
  async json<T = unknown>(command: string, ...args: string[]): Promise<T> {
    const { code, out, err } = await this.run(command, '--json', ...args)
    if (code !== 0)
      throw new Error(`superctl ${command} ${args.join(' ')} ended with ${code}: ${err}`)
    return JSON.parse(out) as T
  }

  spawn(...args: string[]): ChildProcess {
    return spawn(process.execPath, [launcher, ...args], {
      env: this.env,
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  get launcher(): string {
    return launcher
  }

  /** All processes of the test: commands, daemons, apps. */
  get processes(): { pid: number; command: string }[] {
    return withEnvironment(this.#mark).map((pid) => ({ pid, command: commandOf(pid) }))
  }

  get daemons(): number[] {
    return this.processes
      .filter(({ command }) => command.includes('superctl.js daemon'))
      .map(({ pid }) => pid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.run('kill')
    const left = await settled(() => this.processes)
    for (const { pid } of left) process.kill(pid, 'SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
    if (left.length > 0) {
      throw new Error(`left over: ${left.map(({ command }) => command).join(', ')}`)
    }
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
  } catch {
    // Ended meanwhile.
    return ''
  }
}

/** Milliseconds for a command, also one that follows until the test ends it. */
const PATIENCE_MS = 120_000

/** What a command has said when it is over. One that does not end is killed, and shown. */
export function finished(child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const texts = { out: '', err: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      texts.out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      texts.err += text
    })
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      const { out, err } = texts
      reject(new Error(`${child.spawnargs.join(' ')} does not end; it said:\n${out}${err}`))
    }, PATIENCE_MS)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(late)
      resolve({ code, ...texts })
    })
  })
}
