// The memory that decoders keep: how much of it is small enough to stay, how it grows, and how large
// values get theirs.

/**
 * What is cut by a chunk border and longer than this gets a final buffer of its own, which a channel
 * can read straight into. 16 KiB: a quarter of a read; below it one more copy is cheaper than an
 * allocation, and so much a connection may keep for good.
 */
export const LARGE_BYTES = 16 * 1024

// 256: the small calls that most connections carry, so that a quiet one keeps little.
const SMALLEST_KEPT = 256

interface NodeBuffer {
  allocUnsafeSlow(size: number): Uint8Array
}
const { Buffer: node, process: running } = globalThis as {
  Buffer?: NodeBuffer
  process?: { readonly platform?: string }
}

/**
 * Memory of its own, not zeroed where that can be had: 16 MiB that were promised and never come take
 * no pages. A plain Uint8Array, so that readers of it see one type only.
 */
export const allocate: (size: number) => Uint8Array = node
  ? (size) => {
      if (size >= HUGE_BYTES && hugeSeen < HUGE_OFTEN && ++hugeSeen === HUGE_OFTEN) keepFreed()
      return new Uint8Array(node.allocUnsafeSlow(size).buffer, 0, size)
    }
  : (size) => new Uint8Array(size)

/** Values of so many bytes, when they come so often, make a process keep what it frees. */
const HUGE_BYTES = 512 * 1024
const HUGE_OFTEN = 16
/** The most that glibc takes as an example: 32 MiB with its own header and whole pages. */
const EXAMPLE_BYTES = 32 * 1024 * 1024 - 8192
let hugeSeen = 0

/**
 * glibc hands freed memory back to the system as soon as twice the largest block lies free that was
 * ever freed, so that most large values would be read into pages that the system makes anew, 4 KiB at a
 * time: measured, a half of the rate at 16 MiB. One freed block of 32 MiB, never touched, raises that to
 * 64 MiB. Without glibc it does nothing.
 */
function keepFreed(): void {
  if (running?.platform === 'linux') node?.allocUnsafeSlow(EXAMPLE_BYTES)
}

/**
 * Room for `needed` bytes: `kept` itself, or a larger buffer that begins with its first `filled` bytes.
 * It doubles, so that all copying together stays linear, but not past `most`, unless more is needed.
 */
export function roomFor(
  kept: Uint8Array,
  filled: number,
  needed: number,
  most: number,
): Uint8Array {
  if (needed <= kept.length) return kept
  const doubled = Math.max(2 * kept.length, SMALLEST_KEPT)
  const larger = allocate(Math.max(needed, Math.min(doubled, most)))
  if (filled > 0) larger.set(kept.subarray(0, filled))
  return larger
}

/** Whether `chunk` was read into `buffer` at `at`, as `room` offers: then there is nothing to copy. */
export function landedIn(buffer: Uint8Array, at: number, chunk: Uint8Array): boolean {
  return chunk.buffer === buffer.buffer && chunk.byteOffset === buffer.byteOffset + at
}

export const NOTHING = new Uint8Array(0)
