// A byte channel at its worst, for the suites of framers and wires: it cuts the stream anywhere, reads
// into the decoder's memory, into its own, or a little of both, and overwrites what it lent.

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Where to cut `length` bytes: up to `most` places, in order, doubles allowed (an empty chunk). */
export function randomCuts(length: number, most: number, random: () => number): number[] {
  const cuts: number[] = []
  for (let count = Math.floor(random() * (most + 1)); count > 0; count--) {
    cuts.push(Math.floor(random() * (length + 1)))
  }
  return cuts.sort((a, b) => a - b)
}

/** Cuts after each `size` bytes. */
export function evenCuts(length: number, size: number): number[] {
  const cuts: number[] = []
  for (let at = size; at < length; at += size) cuts.push(at)
  return cuts
}

/** What a channel does with the memory that `room` offers. */
export type RoomUse = 'never' | 'always' | 'sometimes'

export interface Reader {
  push(chunk: Uint8Array): void
  room?: (() => Uint8Array | undefined) | undefined
}

// What lent memory is overwritten with: neither a digit nor a letter nor a small length.
const OVERWRITTEN = 0xc1
let shared = new Uint8Array(64 * 1024)

/**
 * Gives `bytes` to the reader in the pieces that `cuts` make. Each piece lies in a buffer that is
 * overwritten as soon as `push` returns, or in the memory that the reader's `room` offered, as far as
 * it fits there. `random` decides what 'sometimes' means.
 */
export function feed(
  reader: Reader,
  bytes: Uint8Array,
  cuts: readonly number[],
  use: RoomUse = 'always',
  random: () => number = () => 0.5,
): void {
  let at = 0
  for (let i = 0; i <= cuts.length; i++) {
    const end = i === cuts.length ? bytes.length : (cuts[i] as number)
    do {
      at += feedPiece(reader, bytes.subarray(at, end), use, random)
    } while (at < end)
  }
}

function feedPiece(reader: Reader, piece: Uint8Array, use: RoomUse, random: () => number): number {
  const room = use === 'never' ? undefined : reader.room?.()
  if (room && room.length > 0 && piece.length > 0 && (use === 'always' || random() < 0.5)) {
    let count = Math.min(room.length, piece.length)
    if (use === 'sometimes') count = 1 + Math.floor(random() * count)
    room.set(piece.subarray(0, count))
    reader.push(room.subarray(0, count))
    return count
  }
  if (shared.length < piece.length) shared = new Uint8Array(piece.length)
  shared.set(piece)
  reader.push(shared.subarray(0, piece.length))
  shared.fill(OVERWRITTEN, 0, piece.length)
  return piece.length
}
