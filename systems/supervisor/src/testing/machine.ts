// What a test may want to know of the machine it runs on.
import { readFileSync } from 'node:fs'

export const root = process.getuid?.() === 0

/** The first word of a line of /proc/PID/status: 'Name', 'Uid', 'State'. */
export function readStatus(pid: number, line: string): string | undefined {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return new RegExp(`^${line}:\\s*(\\S+)`, 'm').exec(text)?.[1]
}
