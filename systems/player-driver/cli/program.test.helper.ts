// The command as a process, for tests: what it says, how it ends, and that nothing of it is left.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'

const LAUNCHER = fileURLToPath(new URL('../bin/player-driver.js', import.meta.url))
/** A machine that is busy with other tests starts a process slowly. */
const PATIENCE = { timeout: 15_000, interval: 20 }

export interface Spawn {
  readonly env?: Readonly<Record<string, string>>
  /** Instead of this command: program and arguments. */
  readonly command?: readonly [string, ...string[]]
  readonly cwd?: string
}

export class Program {
  readonly child: ChildProcess
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  out = ''
  err = ''

  constructor(argv: readonly string[], { env = {}, command, cwd }: Spawn = {}) {
    const [program, ...first] = command ?? [process.execPath, LAUNCHER]
    const { FSCT_IPC_ENDPOINT: _, XDG_RUNTIME_DIR: __, ...clean } = process.env
    this.child = spawn(program, [...first, ...argv], {
      env: { ...clean, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve(signal ?? (code as number)))
    })
  }

  get pid(): number {
    return this.child.pid as number
  }

  /** Waits until it has said that on stdout. */
  async said(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.out).toMatch(text), PATIENCE)
  }

  async warned(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.err).toMatch(text), PATIENCE)
  }

  /** Its exit code after a signal. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.child.kill(signal)
    return this.ended
  }
}

/** The processes of this machine that have the text in their command line, other than this one. */
export function processesWith(text: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => pid !== process.pid && commandLine(pid).includes(text))
}

/** A process by a word of its command line, among those that have the text in theirs. */
export function processOf(text: string, word: string): number {
  const found = processesWith(text).find((pid) => commandLine(pid).split(' ').includes(word))
  if (found === undefined) throw new Error(`no process ${word} with ${text}`)
  return found
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It has ended between the listing and this look.
    return ''
  }
}
