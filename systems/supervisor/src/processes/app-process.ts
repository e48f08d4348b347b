// One run of an app: a process, its group and its session. Started here, or found alive after the
// daemon that started it was killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { homedir } from 'node:os'
import type { AppConfig } from '../config/app-config.js'
import { appEnvironment, runMark } from './app-environment.js'
import { hasEnvironment, membersOf, startTimeOf, withEnvironment } from './process-table.js'

/** What is kept on disk of a run. Without a pid: it was about to be started. */
export interface RunRecord {
  readonly token: string
  readonly pid?: number
  /** See startTimeOf. */
  readonly startTime?: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

export interface Exit {
  /** Null when a signal ended it, and when nobody could be asked (it was adopted). */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Milliseconds between looks at a process that is not our child. 250: its exit is told that late. */
const ADOPTED_POLL_MS = 250
/** Milliseconds between looks at a group that was told to end: short at first, then longer. */
const ENDING_POLL_MS = 10
const ENDING_POLL_MOST_MS = 200

export class AppProcess {
  readonly record: RunRecord & { readonly pid: number }
  readonly adopted: boolean
  /** Resolves when the process itself has ended; others of its group may live. */
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess | undefined
  #over = false
  #timer: NodeJS.Timeout | undefined

  private constructor(
    record: RunRecord & { readonly pid: number },
    child: ChildProcess | undefined,
  ) {
    this.record = record
    this.adopted = child === undefined
    this.#child = child
    this.exited = new Promise((resolve) => {
      const settle = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#over = true
        resolve({ code, signal })
      }
      if (child) child.once('exit', settle)
      else this.#watch(() => settle(null, null))
    })
  }

  /**
   * Starts the program in a group and a session of its own; nothing is given to a shell. Rejects with
   * a plain error that says what the system refused.
   */
  static async start(
    config: AppConfig,
    token: string,
    output: { readonly stdout: number; readonly stderr: number },
  ): Promise<AppProcess> {
    const cwd = config.cwd ?? homedir()
    const child = await begun(config, cwd, appEnvironment(config, token), output)
    const pid = child.pid as number
    // A later error is a kill that failed, which `stop` finds out for itself.
    child.on('error', () => {})
    const startTime = startTimeOf(pid)
    const known = startTime === undefined ? {} : { startTime }
    return new AppProcess({ token, pid, ...known, startedAt: Date.now() }, child)
  }

  /** The process of that record, if it is alive and is that one and no other of the same pid. */
  static adopt(record: RunRecord): AppProcess | undefined {
    const pid = record.pid ?? leaderOf(record.token)
    if (pid === undefined) return undefined
    const startTime = startTimeOf(pid)
    if (startTime === undefined) return undefined
    if (record.pid !== undefined && startTime !== record.startTime) return undefined
    return new AppProcess({ ...record, pid, startTime }, undefined)
  }

  get pid(): number {
    return this.record.pid
  }

  /**
   * Sends the signal to the whole group and what else is in the session, waits, then SIGKILL, and
   * waits again. Resolves with whether all of them have ended.
   */
  async stop(signal: NodeJS.Signals, stopMs: number, killMs: number): Promise<boolean> {
    if (this.#gone()) return true
    this.#signal(signal)
    // A process that was stopped (SIGSTOP, Ctrl-Z) sees the signal only when it goes on.
    if (signal !== 'SIGKILL') this.#signal('SIGCONT')
    if (await this.#ended(stopMs)) return true
    this.#signal('SIGKILL')
    return this.#ended(killMs)
  }

  /** The process goes on without us. */
  leave(): void {
    clearTimeout(this.#timer)
    this.#child?.unref()
  }

  #watch(ended: () => void): void {
    const { pid, startTime } = this.record
    const look = () => {
      if (startTimeOf(pid) !== startTime) ended()
      else this.#timer = setTimeout(look, ADOPTED_POLL_MS).unref()
    }
    this.#timer = setTimeout(look, ADOPTED_POLL_MS).unref()
  }

  async #ended(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs
    for (let pause = ENDING_POLL_MS; ; pause = Math.min(pause * 1.5, ENDING_POLL_MOST_MS)) {
      if (this.#gone()) {
        // The child's end is known to the system a moment before it is told to us.
        if (!this.#over && this.#child) await this.exited
        return true
      }
      const left = deadline - performance.now()
      if (left <= 0) return false
      const waited = Math.min(pause, left)
      const timer = new Promise<void>((resolve) => setTimeout(resolve, waited))
      await (this.#over ? timer : Promise.race([timer, this.exited]))
    }
  }

  #gone(): boolean {
    const { pid, startTime } = this.record
    if (!this.#over && startTimeOf(pid) === startTime) return false
    return this.#members().length === 0
  }

  /**
   * Who is left of the group. While one of them lives, the system gives its number to nobody else;
   * with an adopted leader gone, the mark in the environment says whose they are.
   */
  #members(): number[] {
    const { pid, token } = this.record
    const members = membersOf(pid)
    const leads = members.some((member) => member.pid === pid)
    const ours = leads && startTimeOf(pid) !== this.record.startTime ? [] : members
    if (!this.adopted || leads) return ours.map((member) => member.pid)
    return ours.map((member) => member.pid).filter((each) => hasEnvironment(each, runMark(token)))
  }

  #signal(signal: NodeJS.Signals): void {
    const members = this.#members()
    const groups = new Set(
      membersOf(this.pid)
        .filter(({ pid }) => members.includes(pid))
        .map(({ group }) => group),
    )
    for (const group of groups) {
      try {
        process.kill(-group, signal)
      } catch {
        // Ended meanwhile, or another user's by now: `stop` looks whether they are gone.
      }
    }
  }
}

/** Resolves with a child that has a pid. */
async function begun(
  config: AppConfig,
  cwd: string,
  env: Record<string, string>,
  output: { readonly stdout: number; readonly stderr: number },
): Promise<ChildProcess> {
  const { command, args, uid, gid } = config
  try {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', output.stdout, output.stderr],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      windowsHide: true,
    })
    if (child.pid !== undefined) return child
    throw await new Promise<Error>((resolve) => child.once('error', resolve))
  } catch (error) {
    // Some refusals are thrown at once, others come as an event.
    throw new Error(spawnProblem(error as NodeJS.ErrnoException, config, cwd))
  }
}

/** What is left of a run whose process is gone: ended, so that no two of one ever run. */
export async function endRemains(record: RunRecord, killMs: number): Promise<void> {
  const marked = new Set(withEnvironment(runMark(record.token)))
  for (const pid of marked) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Ended meanwhile.
    }
  }
  const deadline = performance.now() + killMs
  const left = () => [...marked].some((pid) => hasEnvironment(pid, runMark(record.token)))
  while (marked.size > 0 && left() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, ENDING_POLL_MS))
  }
}

/** The process that leads its session and carries the mark of that run. */
function leaderOf(token: string): number | undefined {
  const marked = withEnvironment(runMark(token))
  return marked.find((pid) => membersOf(pid).some((member) => member.pid === pid))
}

function spawnProblem(error: NodeJS.ErrnoException, config: AppConfig, cwd: string): string {
  const { command, uid, gid } = config
  switch (error.code) {
    case 'ENOENT':
      return `there is no program ${command}, or no directory ${cwd}`
    case 'EACCES':
      return `${command} is no program, or ${cwd} may not be entered (EACCES)`
    case 'EPERM':
      return uid === undefined && gid === undefined
        ? `the system does not allow it (EPERM)`
        : `uid and gid of an app need a daemon that runs as root`
    default:
      return error.message
  }
}
