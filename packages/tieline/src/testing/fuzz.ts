// What a fuzzer, or any random input, may not do to a decoder: end in anything but values or a named
// refusal, differ by how the stream was cut, reach a prototype. A target throws when it does.
import { ByteSink, joined } from '../bytes.js'
import type { Codec } from '../codec/codec.js'
import type { Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import { isTielineError } from '../errors.js'
import type { Framer } from '../framing/framer.js'
import { type Limits, limitsWith } from '../limits.js'
import type { Wire } from '../wire/wire.js'
import { same } from './same.js'
import { evenCuts, feed, type RoomUse, randomCuts, randomFrom } from './splits.js'

/** Takes any bytes. Throws an Error that says what is wrong when the decoder breaks a rule. */
export type FuzzTarget = (bytes: Uint8Array) => void

/** Small, so that an input of a few hundred bytes reaches each of them. */
const LIMITS: Limits = limitsWith({ frameBytes: 512, depth: 8, elements: 64 })
const KINDS: ReadonlySet<string> = new Set<Envelope['kind']>([
  'request',
  'result',
  'error',
  'notify',
  'item',
  'end',
  'credit',
  'cancel',
  'hello',
  'goaway',
  'ping',
  'pong',
])
/** Inputs up to this are also fed byte by byte. */
const SINGLY = 512

interface Outcome {
  readonly values: unknown[]
  /** The code of the refusal. */
  readonly code: string | undefined
}

interface Decoder {
  push(chunk: Uint8Array): void
  room?(): Uint8Array | undefined
  end(): void
}

type MakeDecoder = (take: (value: unknown) => void) => Decoder

/** Frames: the same whatever the cuts, each written again and read again. */
export function framerTarget(framer: Framer): FuzzTarget {
  const decoder: MakeDecoder = (take) => {
    const made = framer.decoder(LIMITS)
    return {
      push: (chunk) =>
        made.push(chunk, (bytes, start, end) => take(new Uint8Array(bytes.subarray(start, end)))),
      room: () => made.room(),
      end: () => made.end(),
    }
  }
  return (bytes) => {
    const { values } = cutAnywhere(bytes, decoder)
    for (const frame of values as Uint8Array[]) {
      const out = new ByteSink()
      out.room(framer.headerBytes)
      const head = out.bytes
      const at = out.position
      out.position += framer.headerBytes
      out.append(frame)
      // What may be read so and has no such form: a line that ends with a carriage return.
      if (!writable(() => framer.finish(out, head, at, frame.length))) continue
      const again = outcome(joined(out.take() ?? []), [], 'never', decoder)
      expectSame('a frame written again', again.values, [frame])
    }
  }
}

/** One value that fills its bytes: a value or a refusal; what was read can be written and read again. */
export function codecTarget<W>(codec: Codec<W>): FuzzTarget {
  return (bytes) => {
    const value = refusedOr(() => codec.decode(bytes, 0, bytes.length, false, LIMITS))
    if (value === undefined) return
    checkKeys(value.is)
    const lent = new Uint8Array(bytes)
    const copied = codec.decode(lent, 0, lent.length, true, LIMITS)
    // What was read from lent memory does not hold on to it.
    lent.fill(0xc1)
    expectSame('a value read from lent memory', copied, value.is)
    const again = writtenAndRead(codec, value.is)
    if (again) expectSame('a value written again', again.is, value.is)
  }
}

/** Values of a wire: the same whatever the cuts; `also` looks at each. */
export function wireTarget<W>(wire: Wire<W>): FuzzTarget {
  const decoder = decoderOf(wire)
  return (bytes) => {
    // A message comes as it was sent.
    const whole =
      wire.unit === 'bytes' ? cutAnywhere(bytes, decoder) : outcome(bytes, [], 'never', decoder)
    for (const value of whole.values) checkKeys(value)
  }
}

/**
 * A whole connection of that protocol: what its wire reads is given to one dialect, and what the
 * dialect answers by itself is written. `recognises` never changes its mind as more bytes come.
 */
export function protocolTarget(protocol: Protocol): FuzzTarget {
  const ofWire = wireTarget(protocol.wire)
  const decoder = decoderOf(protocol.wire)
  return (bytes) => {
    ofWire(bytes)
    checkRecognises(protocol, bytes)
    const dialect = protocol.dialect(LIMITS)
    const out = new ByteSink()
    for (const value of outcome(bytes, [], 'never', decoder).values) {
      const read = refusedOr(() =>
        dialect.read(
          value,
          (envelope) => {
            expect(KINDS.has(envelope.kind), `${envelope.kind} is no kind of envelope`)
            if ('method' in envelope) expect(typeof envelope.method === 'string', 'no method')
            if ('id' in envelope) expect(Number.isSafeInteger(envelope.id), 'no id')
            checkKeys(envelope)
          },
          (answer) => protocol.wire.encode(answer, out, LIMITS),
        ),
      )
      if (read === undefined) return
    }
  }
}

/** Runs what reads foreign bytes: its result, or undefined for a proper refusal. Throws for any other error. */
export function refusedOr<T>(read: () => T): { readonly is: T } | undefined {
  try {
    return { is: read() }
  } catch (error) {
    refusalCode(error)
    return undefined
  }
}

const REFUSALS = ['malformed', 'too-large', 'version-mismatch']

function refusalCode(error: unknown): string {
  if (!isTielineError(error) || !REFUSALS.includes(error.code)) throw error
  // A line that fits a log, whatever came.
  expect(/^.{1,300}$/.test(error.message), `not one short line: ${error.message.slice(0, 400)}`)
  return error.code
}

function decoderOf<W>(wire: Wire<W>): MakeDecoder {
  return (take) => {
    const made = wire.decoder(LIMITS)
    return {
      push: (chunk) => made.push(chunk, take),
      room: () => made.room?.(),
      end: () => made.end(),
    }
  }
}

/** The outcome when the bytes come at once, and that it is the same in pieces and byte by byte. */
function cutAnywhere(bytes: Uint8Array, decoder: MakeDecoder): Outcome {
  const whole = outcome(bytes, [], 'never', decoder)
  const random = randomFrom(hash(bytes))
  const cuts = randomCuts(bytes.length, 8, random)
  const ways: [readonly number[], RoomUse][] = [
    [[], 'always'],
    [cuts, 'sometimes'],
  ]
  if (bytes.length <= SINGLY) ways.push([evenCuts(bytes.length, 1), 'never'])
  for (const [where, use] of ways) {
    const cut = outcome(bytes, where, use, decoder, random)
    const how = `cut at ${where.slice(0, 20).join()} (room: ${use})`
    expectSame(`the values ${how}`, cut.values, whole.values)
    expect(cut.code === whole.code, `${how} it ends as ${cut.code}, whole as ${whole.code}`)
  }
  return whole
}

function outcome(
  bytes: Uint8Array,
  cuts: readonly number[],
  use: RoomUse,
  decoder: MakeDecoder,
  random?: () => number,
): Outcome {
  const values: unknown[] = []
  const made = decoder((value) => values.push(value))
  try {
    feed({ push: (chunk) => made.push(chunk), room: () => made.room?.() }, bytes, cuts, use, random)
    made.end()
  } catch (error) {
    return { values, code: refusalCode(error) }
  }
  return { values, code: undefined }
}

function writable(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (isTielineError(error, 'invalid-argument')) return false
    throw error
  }
}

/** Undefined for what may be read and has no form to be written: an extension nobody registered. */
function writtenAndRead<W>(codec: Codec<W>, value: W): { readonly is: W } | undefined {
  const out = new ByteSink()
  if (!writable(() => codec.encode(value, out))) return undefined
  const bytes = joined(out.take() ?? [])
  // Written anew, a value may be longer than it came.
  const wide = limitsWith({ ...LIMITS, frameBytes: 1 << 20 })
  return { is: codec.decode(bytes, 0, bytes.length, false, wide) }
}

function checkRecognises(protocol: Protocol, bytes: Uint8Array): void {
  if (!protocol.recognises) return
  let sure: boolean | undefined
  for (let length = 0; length <= Math.min(bytes.length, 64); length++) {
    const answer = protocol.recognises(bytes.subarray(0, length))
    expect(sure === undefined || sure === answer, `recognises was ${sure}, then ${answer}`)
    sure = answer
  }
}

/** No object holds a key that would be its prototype after a careless copy; Object.prototype is bare. */
export function checkKeys(value: unknown, depth = 0): void {
  expect(Object.keys(Object.prototype).length === 0, 'Object.prototype has a key of its own')
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  expect(depth < 100, 'nested without end')
  expect(!Object.hasOwn(value, '__proto__'), 'an object has the key __proto__')
  const proto = Object.getPrototypeOf(value) as { constructor?: { prototype?: unknown } } | null
  // Of a class; what came in bytes has no functions.
  const ofClass = proto === null || proto.constructor?.prototype === proto
  expect(ofClass, 'an object has a prototype that came with it')
  for (const item of Object.values(value)) checkKeys(item, depth + 1)
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (same(found, expected)) return
  throw new Error(`${what} differ: ${shown(found)} instead of ${shown(expected)}`)
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

function shown(value: unknown): string {
  try {
    return String(
      JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one)),
    ).slice(0, 500)
  } catch {
    return typeof value
  }
}

/** FNV-1a: the same bytes are cut in the same places. */
function hash(bytes: Uint8Array): number {
  let sum = 0x811c9dc5
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193)
  return sum >>> 0
}
