// The memory that decoders keep: how much of it is small enough to stay, how it grows, and the two
// operations that Node does faster than the language: allocate without zeroing, find a byte.

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
  readonly prototype: { indexOf(this: Uint8Array, byte: number, from: number): number }
}
const node = (globalThis as { Buffer?: NodeBuffer }).Buffer

/**
 * Memory of its own, not zeroed where that can be had: 16 MiB that were promised and never come take
 * no pages. A plain Uint8Array, so that readers of it see one type only.
 */
export const allocate: (size: number) => Uint8Array = node
  ? (size) => new Uint8Array(node.allocUnsafeSlow(size).buffer, 0, size)
  : (size) => new Uint8Array(size)

const nodeIndexOf = node?.prototype.indexOf

/** Where `byte` is in `bytes`, at `from` or after it; -1 when it is not. */
export const indexOf: (bytes: Uint8Array, byte: number, from: number) => number = nodeIndexOf
  ? // 20 times the speed of Uint8Array's own on long lines.
    (bytes, byte, from) => nodeIndexOf.call(bytes, byte, from)
  : (bytes, byte, from) => bytes.indexOf(byte, from)

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
