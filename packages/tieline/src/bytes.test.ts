import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BY_REFERENCE_BYTES, ByteSink, joined } from './bytes.js'

function write(sink: ByteSink, ...bytes: number[]): void {
  sink.room(bytes.length)
  sink.bytes.set(bytes, sink.position)
  sink.position += bytes.length
}

const taken = (sink: ByteSink) => joined(sink.take() ?? []).slice()
const large = (byte: number, more = 0) => new Uint8Array(BY_REFERENCE_BYTES + more).fill(byte)

/** The length of the slab that is lent for small writes. */
const SLAB = (() => {
  const sink = new ByteSink()
  sink.room(1)
  return sink.bytes.length
})()

describe('A byte sink', () => {
  it('holds nothing at first, and takes no memory', () => {
    const sink = new ByteSink()
    expect(sink.length).toBe(0)
    expect(sink.bytes.length).toBe(0)
    expect(sink.take()).toBeUndefined()
    sink.append(new Uint8Array(0))
    expect(sink.take()).toBeUndefined()
  })

  it('gives what was written once, as a view of the slab', () => {
    const sink = new ByteSink()
    write(sink, 1, 2, 3)
    expect(sink.length).toBe(3)
    const view = sink.take() as Uint8Array
    expect(view).toEqual(Uint8Array.of(1, 2, 3))
    expect(view.buffer).toBe(sink.bytes.buffer)
    expect(sink.length).toBe(0)
    expect(sink.take()).toBeUndefined()
  })

  it('writes behind what was taken, which is still in use, until it is recycled', () => {
    const sink = new ByteSink()
    write(sink, 1, 2, 3)
    const first = sink.take()
    write(sink, 4)
    expect(sink.take()).toEqual(Uint8Array.of(4))
    expect(first).toEqual(Uint8Array.of(1, 2, 3))
    sink.recycle()
    expect(sink.position).toBe(0)
  })

  it('does not recycle or release what was not taken yet', () => {
    const sink = new ByteSink()
    write(sink, 1)
    sink.recycle()
    sink.release()
    expect(taken(sink)).toEqual(Uint8Array.of(1))
    sink.append(large(2))
    sink.recycle()
    sink.release()
    expect(sink.length).toBe(BY_REFERENCE_BYTES)
    expect(taken(sink)).toEqual(large(2))
  })

  it('copies short chunks and keeps long ones by reference, in order', () => {
    const sink = new ByteSink()
    const short = Uint8Array.of(2, 2)
    const first = large(3)
    const second = large(4, 1)
    write(sink, 1)
    sink.append(short)
    sink.append(first)
    sink.append(second)
    write(sink, 5)
    short.fill(9)
    expect(sink.length).toBe(1 + 2 + first.length + second.length + 1)
    const pieces = sink.take() as Uint8Array[]
    expect(pieces.map((piece) => piece[0])).toEqual([1, 3, 4, 5])
    expect(pieces[0]).toEqual(Uint8Array.of(1, 2, 2))
    expect(pieces[1]).toBe(first)
    expect(pieces[2]).toBe(second)
    expect(sink.length).toBe(0)
  })

  it('gives one long chunk by itself as it is', () => {
    const sink = new ByteSink()
    const chunk = large(1)
    sink.append(chunk)
    expect(sink.take()).toBe(chunk)
  })

  it('never moves bytes that are written, so that a header can be filled in later', () => {
    const sink = new ByteSink()
    sink.room(4)
    const head = sink.bytes
    const at = sink.position
    sink.position += 4
    for (let i = 0; i < 3 * SLAB; i++) write(sink, i & 0xff)
    sink.append(large(7))
    head.set([9, 8, 7, 6], at)
    const all = taken(sink)
    expect(all.length).toBe(4 + 3 * SLAB + BY_REFERENCE_BYTES)
    expect(all.subarray(0, 8)).toEqual(Uint8Array.of(9, 8, 7, 6, 0, 1, 2, 3))
    expect(all[4 + 3 * SLAB - 1]).toBe(0xff)
  })

  it('makes room for more than a slab in one piece, and does not keep it', () => {
    const sink = new ByteSink()
    const much = 3 * SLAB
    write(sink, 1)
    sink.room(much)
    expect(sink.bytes.length - sink.position).toBeGreaterThanOrEqual(much)
    sink.bytes.fill(2, sink.position, sink.position + much)
    sink.position += much
    const all = taken(sink)
    expect([all.length, all[0], all[1], all.at(-1)]).toEqual([1 + much, 1, 2, 2])
    sink.recycle()
    sink.room(1)
    expect(sink.bytes.length).toBe(SLAB)
  })

  it('lends the slab of a quiet sink to the next one', () => {
    const first = new ByteSink()
    write(first, 1)
    const slab = first.bytes
    first.take()
    first.release()
    expect(first.bytes.length).toBe(0)
    const second = new ByteSink()
    second.room(1)
    expect(second.bytes).toBe(slab)
    // And the first one takes another.
    write(first, 5)
    expect(first.bytes).not.toBe(slab)
    expect(taken(first)).toEqual(Uint8Array.of(5))
  })

  it('goes back to a mark as if nothing had happened, and can do so again', () => {
    const sink = new ByteSink()
    write(sink, 1, 2)
    sink.append(large(3))
    write(sink, 4)
    const length = sink.length
    for (let again = 0; again < 3; again++) {
      sink.mark()
      write(sink, 5)
      sink.append(large(6))
      sink.room(2 * SLAB)
      sink.position += 2 * SLAB
      sink.rollback()
      expect(sink.length).toBe(length)
    }
    write(sink, 7)
    expect(taken(sink)).toEqual(joined([Uint8Array.of(1, 2), large(3), Uint8Array.of(4, 7)]))
  })

  it('goes back to a mark at its very beginning', () => {
    const sink = new ByteSink()
    sink.mark()
    write(sink, 1)
    sink.append(large(2))
    sink.rollback()
    expect(sink.length).toBe(0)
    expect(sink.take()).toBeUndefined()
    write(sink, 3)
    expect(taken(sink)).toEqual(Uint8Array.of(3))
  })

  it('gives any mixture of writes, chunks, marks and takes in order', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        count: fc.integer({ min: 1, max: 40_000 }),
      }),
      fc.record({ kind: fc.constant('append' as const), count: fc.nat(40_000) }),
      fc.record({ kind: fc.constantFrom('mark', 'take', 'recycle', 'release'), count: fc.nat(1) }),
      fc.record({
        kind: fc.constant('undo' as const),
        count: fc.integer({ min: 1, max: 100_000 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const sink = new ByteSink()
        const expected: Uint8Array[] = []
        const got: Uint8Array[] = []
        let byte = 0
        let untaken = 0
        for (const { kind, count } of steps) {
          byte = (byte + 1) & 0xff
          const chunk = new Uint8Array(count).fill(byte)
          if (kind === 'write') {
            sink.room(count)
            sink.bytes.set(chunk, sink.position)
            sink.position += count
          } else if (kind === 'append') {
            sink.append(chunk)
          } else if (kind === 'undo') {
            sink.mark()
            sink.append(chunk)
            sink.room(count)
            sink.bytes.fill(0xee, sink.position, sink.position + count)
            sink.position += count
            sink.rollback()
            continue
          } else if (kind === 'take') {
            got.push(taken(sink)) // A copy, so that recycling is allowed.
            untaken = 0
            continue
          } else {
            sink[kind as 'mark' | 'recycle' | 'release']()
            continue
          }
          expected.push(chunk)
          untaken += count
          if (sink.length !== untaken) expect(sink.length).toBe(untaken)
        }
        got.push(taken(sink))
        expect(Buffer.compare(joined(got), joined(expected))).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})

describe('Chunks joined', () => {
  it('are one, and a single one is given back as it is', () => {
    const chunk = Uint8Array.of(1, 2)
    expect(joined(chunk)).toBe(chunk)
    expect(joined([])).toEqual(new Uint8Array(0))
    expect(joined([chunk, Uint8Array.of(3), chunk])).toEqual(Uint8Array.of(1, 2, 3, 1, 2))
  })
})
