// Streams for the peer suite: a source that counts, and a reader of all.

/** A stream handler that counts, and tells when its `finally` ran. */
export function counter(value: (n: number) => unknown = (n) => n) {
  const state = { made: 0, left: 0 }
  async function* count(to: unknown) {
    try {
      for (let n = 0; n < (to as number); n++) {
        state.made++
        yield value(n)
      }
    } finally {
      state.left++
    }
  }
  return { state, count }
}

export async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const item of stream) items.push(item)
  return items
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
/** A window that is soon used up. */
export const LIMITS = { windowBytes: 4096 }
