// The command as a process, for tests, and that nothing of it is left.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from '../../../test/support/command.js'

const LAUNCHER = fileURLToPath(new URL('../bin/player-driver.js', import.meta.url))

export interface Spawn {
  readonly env?: Readonly<Record<string, string>>
  /** Instead of this command: program and arguments. */
  readonly command?: readonly [string, ...string[]]
  readonly cwd?: string
}

export class Program extends Command {
  constructor(argv: readonly string[], { env, command, cwd }: Spawn = {}) {
    const [program, ...first] = command ?? [process.execPath, LAUNCHER]
    const clean = { FSCT_IPC_ENDPOINT: undefined, XDG_RUNTIME_DIR: undefined, LC_ALL: 'C.UTF-8' }
    const options = { env: { ...clean, ...env }, ...(cwd !== undefined && { cwd }) }
    super(program, [...first, ...argv], options)
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
