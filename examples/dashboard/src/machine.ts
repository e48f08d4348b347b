// What the machine does: how busy each core was since the last look, memory, load.

import { readFileSync } from 'node:fs'
import { cpus, freemem, loadavg, totalmem } from 'node:os'

type Core = ReturnType<typeof cpus>[number]

export class Machine {
  #last = cpus()

  /** Each core's busy part since the last call, 0 to 1. */
  cores(): number[] {
    const now = cpus()
    const busy = now.map((core, index) => busyPart(this.#last[index] ?? core, core))
    this.#last = now
    return busy
  }

  memory(): number {
    return totalmem() - available()
  }

  load(): [number, number, number] {
    const [one = 0, five = 0, fifteen = 0] = loadavg()
    return [one, five, fifteen]
  }
}

function busyPart(before: Core, after: Core): number {
  const sum = ({ times }: Core) => Object.values(times).reduce((all, each) => all + each, 0)
  const total = sum(after) - sum(before)
  const idle = after.times.idle - before.times.idle
  return total <= 0 ? 0 : Math.min(1, Math.max(0, 1 - idle / total))
}

/** What programs could still have: free memory, and what only caches files. */
function available(): number {
  try {
    const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    if (found !== undefined) return Number(found) * 1024
  } catch {
    // Not Linux: what the system calls free is as near as it gets.
  }
  return freemem()
}
