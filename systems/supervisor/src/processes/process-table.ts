// What the system knows of processes: who is alive, since when, in which group, with what use of the
// machine. From /proc on Linux, from `ps` elsewhere.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly group: number
  /** The session's leader; undefined where the system does not tell it in numbers. */
  readonly session: number | undefined
  /** Processor time used, children that ended included, in ms. */
  readonly cpuMs: number
  /** Resident memory, shared pages included, in bytes. */
  readonly memoryBytes: number
}

const linux = process.platform === 'linux'
/** Ticks a second in /proc, the same on every Linux that Node runs on (USER_HZ). */
const TICKS_MS = 10

/**
 * When a process began, as a text to compare: with the pid it names one process for all time, across
 * reboots too. Undefined for one that is gone, or has ended and waits for its parent.
 */
export function startTimeOf(pid: number): string | undefined {
  if (!linux) return portableStartTime(pid)
  const stat = readStat(pid)
  if (stat === undefined || isOver(stat)) return undefined
  return `${bootId()}:${stat[START_TIME]}`
}

/** All processes that have not ended. */
export function listProcesses(): ProcessEntry[] {
  return linux ? linuxProcesses() : portableProcesses()
}

/** Those of the group or the session that `leader` began. */
export function membersOf(leader: number, processes = listProcesses()): ProcessEntry[] {
  return processes.filter(({ group, session }) => group === leader || session === leader)
}

/** The processes with that text in the environment they began with. None where it cannot be read. */
export function withEnvironment(entry: string): number[] {
  if (!linux) return []
  return linuxProcesses().flatMap(({ pid }) => (hasEnvironment(pid, entry) ? [pid] : []))
}

export function hasEnvironment(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry)
  } catch {
    // It is gone, or another user's: not one of ours.
    return false
  }
}

// Positions in /proc/PID/stat after the name, which is in brackets and may itself hold brackets.
const STATE = 0
const GROUP = 2
const SESSION = 3
const CPU_TIMES = [11, 12, 13, 14] as const
const START_TIME = 19
const RESIDENT = 21

function readStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // Ended between the listing and here.
    return undefined
  }
}

function isOver(stat: readonly string[]): boolean {
  return stat[STATE] === 'Z' || stat[STATE] === 'X'
}

function linuxProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = []
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0)
    if (first < 0x30 || first > 0x39) continue
    const stat = readStat(Number(name))
    if (stat === undefined || isOver(stat)) continue
    entries.push({
      pid: Number(name),
      group: Number(stat[GROUP]),
      session: Number(stat[SESSION]),
      cpuMs: CPU_TIMES.reduce((sum, at) => sum + Number(stat[at]), 0) * TICKS_MS,
      memoryBytes: Number(stat[RESIDENT]) * pageBytes(),
    })
  }
  return entries
}

let knownBootId: string | undefined

function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  return knownBootId
}

let knownPageBytes: number | undefined

function pageBytes(): number {
  if (knownPageBytes === undefined) {
    try {
      knownPageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'latin1' })) || 4096
    } catch {
      // No getconf: the size of nearly every machine.
      knownPageBytes = 4096
    }
  }
  return knownPageBytes
}

function ps(args: readonly string[]): string {
  try {
    return execFileSync('ps', [...args], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    // It ends with 1 when there is no such process.
    return ''
  }
}

function portableStartTime(pid: number): string | undefined {
  const text = ps(['-o', 'state=,lstart=', '-p', String(pid)]).trim()
  return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '')
}

function portableProcesses(): ProcessEntry[] {
  return ps(['-axo', 'pid=,pgid=,state=,time=,rss='])
    .split('\n')
    .flatMap((line) => {
      const [pid, group, state, time, kib] = line.trim().split(/\s+/)
      if (kib === undefined || state?.startsWith('Z')) return []
      const cpuMs = clockMs(time as string)
      return [
        {
          pid: Number(pid),
          group: Number(group),
          session: undefined,
          cpuMs,
          memoryBytes: Number(kib) * 1024,
        },
      ]
    })
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` */
function clockMs(text: string): number {
  const [days, clock] = text.includes('-') ? (text.split('-') as [string, string]) : ['0', text]
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return (Number(days) * 86_400 + seconds) * 1000
}
