// Many idle connections in one process, and what they take of its memory.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Subject } from './subject.js'
import { value } from './work.js'

/** Connections made at once. 100: fewer than any listener keeps waiting. */
const atOnce = 100
const held: Client[] = []

/** Opens so many more connections. Each makes one call, as one in use has, and is then left alone. */
export async function hold(subject: Subject, path: string, count: number): Promise<void> {
  for (let made = 0; made < count; made += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - made) }, async () => {
      const client = await subject.client(path)
      await client.call(value)
      held.push(client)
    })
    await Promise.all(batch)
  }
}

/** Bytes. */
export interface Memory {
  readonly resident: number
}

/** What this process holds once the garbage is gone. */
export async function memory(): Promise<Memory> {
  // The second time finds what finalizers let go.
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await sleep(50)
  }
  return { resident: process.memoryUsage.rss() }
}
