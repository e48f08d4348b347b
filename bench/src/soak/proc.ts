// What /proc tells of processes, and what a process tells of itself when it was started with probe.ts.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Probed } from './probe.js'

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

export function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

export function childrenOf(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/task`)) return []
  const told = readdirSync(`/proc/${pid}/task`).map((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
    } catch {
      // A thread that ended between the two reads.
      return ''
    }
  })
  return told.flatMap((text) => text.split(' ').filter((one) => one !== '')).map(Number)
}

/** Ids of processes that have the text in their command line. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || name === String(process.pid)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)
    } catch {
      // It ended between the two reads.
      return false
    }
  })
}

/** Milliseconds for a process to tell of itself. It does nothing else first, but the machine is busy. */
const PROBE_MS = 20_000
const LOOK_MS = 10

/** What a process holds after a collection. It must have been started with probe.ts, told the directory. */
export async function probe(pid: number, directory: string): Promise<Probed> {
  const path = `${directory}/${pid}.json`
  rmSync(path, { force: true })
  process.kill(pid, 'SIGUSR2')
  const until = performance.now() + PROBE_MS
  while (!existsSync(path)) {
    if (performance.now() > until) throw new Error(`pid ${pid} did not tell of itself`)
    await sleep(LOOK_MS)
  }
  const told = JSON.parse(readFileSync(path, 'utf8')) as Probed
  rmSync(path)
  return told
}
