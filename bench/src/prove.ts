// Proof, once and before anything is measured, that a subject really does the work: the answers are
// what was sent, the notifications arrive, the items are the right ones.
import { isDeepStrictEqual } from 'node:util'
import type { Client, Subject } from './subject.js'
import { burst, kibibyte, kibibytes64, value } from './work.js'

export async function prove(subject: Subject, client: Client): Promise<void> {
  const fault = (what: string) => new Error(`${subject.name} ${what}`)
  for (const sent of [value, kibibyte, kibibytes64]) {
    const answer = await client.call(sent)
    if (!subject.raw && !isDeepStrictEqual(answer, sent)) throw fault('answered another value')
  }
  const bytes = new Uint8Array(1 << 20).map((_, index) => index)
  const answer = await client.binary(bytes)
  if (!subject.raw && !(answer instanceof Uint8Array && Buffer.compare(answer, bytes) === 0))
    throw fault('answered other bytes')
  const { cannot = {} } = subject
  if (!cannot.notify) await proveNotify(client, fault)
  if (!cannot.stream) {
    const read: unknown[] = []
    await client.stream?.(3, (item) => read.push(item))
    if (read.length !== 3) throw fault(`streamed ${read.length} items instead of 3`)
    if (!subject.raw && !read.every((item) => isDeepStrictEqual(item, value)))
      throw fault('streamed other items')
  }
}

async function proveNotify(client: Client, fault: (what: string) => Error): Promise<void> {
  const before = await client.notified?.()
  for (let at = 0; at < burst; at++) client.notify?.(value)
  for (let tries = 0; tries < 1000; tries++) {
    const more = ((await client.notified?.()) ?? 0) - (before ?? 0)
    if (more === burst) return
    if (more > burst) break
  }
  throw fault('lost notifications or counted others')
}
