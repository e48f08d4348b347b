// Where encoders write: a slab lent from a small pool while there is something to send, with large
// binary values chained in between by reference. Nothing is concatenated and nothing is grown.

/** Bytes of one slab. 64 KiB: what a Unix socket takes in one write without waiting, and some more. */
const SLAB_BYTES = 64 * 1024
/** Slabs kept for reuse. 16: as many connections rarely have something to send in the same tick. */
const POOLED_SLABS = 16
/** Binary values at least this long are sent from where they are; below, a copy is cheaper. */
export const BY_REFERENCE_BYTES = 16 * 1024

/** Memory to write in, and the same memory to write several bytes of at once. */
interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
}

const pool: Slab[] = []
const NO_SLAB = makeSlab(0)

function makeSlab(size: number): Slab {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer) }
}

function takeSlab(atLeast: number): Slab {
  if (atLeast > SLAB_BYTES) return makeSlab(atLeast)
  return pool.pop() ?? makeSlab(SLAB_BYTES)
}

function giveSlab(slab: Slab): void {
  if (slab.bytes.length === SLAB_BYTES && pool.length < POOLED_SLABS) pool.push(slab)
}

/**
 * One connection's outgoing bytes. An encoder calls `room(n)`, writes at `bytes[position]` and moves
 * `position`; bytes already written never move, so a header can be filled in later through the
 * `bytes` it was reserved in. Single writer, synchronous.
 */
export class ByteSink {
  /** The slab being written. Read it again after every `room` or `append`. */
  bytes: Uint8Array = NO_SLAB.bytes
  /** The same memory as `bytes`. */
  view: DataView = NO_SLAB.view
  /** Where the next byte goes. */
  position = 0
  #slab: Slab = NO_SLAB
  #start = 0
  #chained: Uint8Array[] = []
  #chainedBytes = 0
  #markSlab: Slab = NO_SLAB
  #markPosition = 0
  #markStart = 0
  #markChained = 0
  #markChainedBytes = 0

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#chainedBytes + this.position - this.#start
  }

  /** Makes sure that `count` bytes can be written at `position` without a gap. */
  room(count: number): void {
    if (this.position + count > this.bytes.length) this.#nextSlab(count)
  }

  /** Adds bytes: short ones are copied, long ones are kept by reference and must not change until sent. */
  append(chunk: Uint8Array): void {
    if (chunk.length >= BY_REFERENCE_BYTES) {
      this.#closeRun()
      this.#chain(chunk)
      return
    }
    this.room(chunk.length)
    this.bytes.set(chunk, this.position)
    this.position += chunk.length
  }

  /** The last `count` bytes written, in order, as views: for a framer that must look at a whole body. */
  last(count: number): readonly Uint8Array[] {
    const pieces = [this.bytes.subarray(this.#start, this.position)]
    let found = this.position - this.#start
    for (let i = this.#chained.length - 1; found < count && i >= 0; i--) {
      const piece = this.#chained[i] as Uint8Array
      pieces.unshift(piece)
      found += piece.length
    }
    if (found > count) pieces[0] = (pieces[0] as Uint8Array).subarray(found - count)
    return pieces.filter((piece) => piece.length > 0)
  }

  /**
   * Gives back `count` bytes at head[at..) that were reserved and turned out not to be needed: what
   * was written behind them in the same slab moves up.
   */
  giveBack(head: Uint8Array, at: number, count: number): void {
    if (head === this.bytes && at >= this.#start) {
      head.copyWithin(at, at + count, this.position)
      this.position -= count
      return
    }
    // The run that holds them is closed. It is among the last chunks, unless the value is very large.
    for (let i = this.#chained.length - 1; i >= 0; i--) {
      const run = this.#chained[i] as Uint8Array
      const first = head.byteOffset + at - run.byteOffset
      if (run.buffer !== head.buffer || first < 0 || first >= run.length) continue
      run.copyWithin(first, first + count)
      this.#chained[i] = run.subarray(0, run.length - count)
      this.#chainedBytes -= count
      return
    }
  }

  /** Remembers this place, so that a frame that cannot be finished leaves no trace. */
  mark(): void {
    this.#markSlab = this.#slab
    this.#markPosition = this.position
    this.#markStart = this.#start
    this.#markChained = this.#chained.length
    this.#markChainedBytes = this.#chainedBytes
  }

  /** Back to the last `mark`. */
  rollback(): void {
    this.#use(this.#markSlab)
    this.position = this.#markPosition
    this.#start = this.#markStart
    this.#chained.length = this.#markChained
    this.#chainedBytes = this.#markChainedBytes
  }

  /** All that was written, in order, as views. They stay valid until `recycle`. Empty when there is nothing. */
  take(): Uint8Array | readonly Uint8Array[] | undefined {
    const run =
      this.position > this.#start ? this.bytes.subarray(this.#start, this.position) : undefined
    this.#start = this.position
    if (this.#chained.length === 0) return run
    const all = this.#chained
    if (run) all.push(run)
    this.#chained = []
    this.#chainedBytes = 0
    return all.length === 1 ? all[0] : all
  }

  /** Call when nothing that was taken is in use any more: the slab is written from its start again. */
  recycle(): void {
    if (this.#start !== this.position || this.#chained.length > 0) return
    // One long text makes a slab of its own size; it is not kept for the short values after it.
    if (this.bytes.length > SLAB_BYTES) this.#use(NO_SLAB)
    this.position = 0
    this.#start = 0
  }

  /** Gives the slab back to the pool while the connection is quiet. Same condition as `recycle`. */
  release(): void {
    if (this.#start !== this.position || this.#chained.length > 0) return
    giveSlab(this.#slab)
    this.#use(NO_SLAB)
    this.#markSlab = NO_SLAB
    this.position = 0
    this.#start = 0
  }

  #nextSlab(count: number): void {
    this.#closeRun()
    this.#use(takeSlab(count))
    this.position = 0
    this.#start = 0
  }

  #use(slab: Slab): void {
    this.#slab = slab
    this.bytes = slab.bytes
    this.view = slab.view
  }

  #closeRun(): void {
    if (this.position > this.#start) this.#chain(this.bytes.subarray(this.#start, this.position))
    this.#start = this.position
  }

  #chain(chunk: Uint8Array): void {
    this.#chained.push(chunk)
    this.#chainedBytes += chunk.length
  }
}

const sinks: ByteSink[] = []

/** A sink to write in until `giveSink`. */
export function lendSink(): ByteSink {
  return sinks.pop() ?? new ByteSink()
}

/** Takes back a sink that is empty, on the same condition as `recycle`: nobody may use it any more. */
export function giveSink(sink: ByteSink): void {
  sink.release()
  if (sinks.length < POOLED_SLABS) sinks.push(sink)
}

/** Several chunks as one. A single chunk is returned as it is. */
export function joined(data: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return data
  let length = 0
  for (const chunk of data) length += chunk.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of data) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const nodeIndexOf = (
  globalThis as {
    Buffer?: {
      readonly prototype: { indexOf(this: Uint8Array, byte: number, from: number): number }
    }
  }
).Buffer?.prototype.indexOf

/** Where `byte` is in `bytes`, at `from` or after it; -1 when it is not. */
export const indexOf: (bytes: Uint8Array, byte: number, from: number) => number = nodeIndexOf
  ? // Node's is 20 times as fast as Uint8Array's own on long lines.
    (bytes, byte, from) => nodeIndexOf.call(bytes, byte, from)
  : (bytes, byte, from) => bytes.indexOf(byte, from)
