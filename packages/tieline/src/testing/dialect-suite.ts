// What every dialect must do: all it can say comes out as it went in, all else is left unsaid, and
// what nobody could have meant is refused. Imports vitest and fast-check.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import type { Protocol } from '../dialect/dialect.js'
import type { Envelope } from '../dialect/envelope.js'
import { isTielineError } from '../errors.js'
import { defaultLimits } from '../limits.js'

/** What `dialectSuite` needs to know of a dialect. */
export interface DialectSuiteOptions {
  /** What the other side reads of an envelope that does not cross whole, by the dialect's written rule. */
  readonly reads?: (envelope: Envelope) => Envelope
  /** Values that are no message of this dialect. */
  readonly malformed: readonly unknown[]
  /** What is said, where that is not SAMPLES as they are: without binary data, or with other ids. */
  readonly samples?: readonly Envelope[]
  /** Beginnings of connections that speak something else. */
  readonly others?: readonly string[]
}

const OTHERS = ['GET / HTTP/1.1\r\n', '{"jsonrpc":"2.0"}', '\u0001\u0000\u0000\u0000']

const call = { kind: 'request', id: 1, method: 'hello', window: undefined } as const
const plain = { timeout: undefined, meta: undefined }

/** At least one of each kind, with and without what is optional. Params are lists, which every dialect has. */
export const SAMPLES: readonly Envelope[] = [
  { ...call, ...plain, params: ['Ada'] },
  { ...call, id: 0x7fff_ffff, params: [], timeout: 2000, meta: undefined },
  { ...call, params: [1, { a: [true, null] }], timeout: 2000, meta: { trace: 'abc', tenant: 'x' } },
  { ...call, params: [], timeout: undefined, meta: { trace: 'abc' } },
  { ...call, ...plain, params: undefined },
  { ...call, ...plain, params: ['Ada'], window: 262_144 },
  { ...call, params: ['Ada'], window: 0, timeout: 500, meta: { trace: 'abc' } },
  { kind: 'result', id: 1, value: { name: 'Ada', bytes: new Uint8Array([1, 2, 3]) } },
  { kind: 'result', id: 2, value: null },
  { kind: 'result', id: 3, value: undefined },
  { kind: 'error', id: 1, error: { code: 'no-such-song', message: 'there is none' } },
  { kind: 'error', id: 1, error: { code: 'odd', message: '', data: { id: 7 } } },
  { kind: 'notify', method: 'log', params: ['text'], meta: undefined },
  { kind: 'notify', method: 'log', params: [], meta: { trace: 'abc' } },
  { kind: 'item', id: 1, from: 'callee', value: 'tick' },
  { kind: 'item', id: 1, from: 'caller', value: 'tock' },
  { kind: 'end', id: 1, from: 'callee' },
  { kind: 'end', id: 1, from: 'caller' },
  { kind: 'credit', id: 1, from: 'caller', bytes: 131_072 },
  { kind: 'credit', id: 1, from: 'callee', bytes: 262_144 },
  { kind: 'cancel', id: 1 },
  {
    kind: 'hello',
    major: 1,
    minor: 0,
    serves: { name: 'greeter', version: '1.2' },
    expects: undefined,
  },
  {
    kind: 'hello',
    major: 1,
    minor: 0,
    serves: undefined,
    expects: { name: 'callbacks', version: '2.0' },
  },
  { kind: 'goaway', error: undefined },
  { kind: 'goaway', error: { code: 'malformed', message: 'that was no frame' } },
  { kind: 'ping', token: 7 },
  { kind: 'pong', token: 7 },
]

/** An envelope as bytes on this protocol's wire; empty when the dialect has no form for it. */
export function frameOf(protocol: Protocol, envelope: Envelope): Uint8Array {
  const sink = new ByteSink()
  protocol.dialect().write(envelope, (value) => protocol.wire.encode(value, sink, defaultLimits))
  return joined(sink.take() ?? []).slice()
}

/** The envelopes in these bytes. */
export function envelopesOf(protocol: Protocol, bytes: Uint8Array): Envelope[] {
  const read: Envelope[] = []
  const dialect = protocol.dialect()
  const decoder = protocol.wire.decoder(defaultLimits)
  decoder.push(bytes.slice(), (value) => dialect.read(value, (envelope) => read.push(envelope)))
  decoder.end()
  return read
}

function isSayable(protocol: Protocol, envelope: Envelope): boolean {
  const { can } = protocol.dialect()
  if (can[envelope.kind] !== true) return false
  return envelope.kind !== 'request' || envelope.window === undefined || can.item === true
}

/** Runs the suite. */
export function dialectSuite(
  name: string,
  makeProtocol: () => Protocol,
  options: DialectSuiteOptions,
): void {
  const protocol = makeProtocol()
  const reads = options.reads ?? ((envelope: Envelope) => envelope)

  describe(`${name} is a dialect that`, () => {
    const samples = options.samples ?? SAMPLES
    const sayable = samples.filter((envelope) => isSayable(protocol, envelope))
    const unsayable = samples.filter((envelope) => !isSayable(protocol, envelope))

    test.each(sayable.map((envelope) => [envelope.kind, envelope] as const))(
      'writes and reads a %s: %j',
      (_, envelope) => {
        expect(envelopesOf(protocol, frameOf(protocol, envelope))).toEqual([reads(envelope)])
      },
    )

    test('claims no kind that it does not write', () => {
      const written = new Set(sayable.map(({ kind }) => kind))
      expect([...written].sort()).toEqual(Object.keys(protocol.dialect().can).sort())
    })

    test('writes nothing for what it cannot say', () => {
      for (const envelope of unsayable) expect(frameOf(protocol, envelope)).toHaveLength(0)
    })

    test('reads several messages in a row', () => {
      const frames = sayable.map((envelope) => frameOf(protocol, envelope))
      expect(envelopesOf(protocol, joined(frames))).toEqual(sayable.map(reads))
    })

    test.each(options.malformed.map((value) => [value]))('refuses %j as malformed', (value) => {
      const emitted: Envelope[] = []
      let thrown: unknown
      try {
        protocol.dialect().read(value, (envelope) => emitted.push(envelope))
      } catch (error) {
        thrown = error
      }
      expect(emitted).toEqual([])
      expect(isTielineError(thrown, 'malformed')).toBe(true)
      // One line, and none of a value's own text in it that could be long.
      expect((thrown as Error).message).toMatch(/^.{1,200}$/)
    })

    test('reads any value as a message of a kind it knows, or refuses it as malformed', () => {
      const small = fc.oneof(fc.integer({ min: -2, max: 20 }), fc.anything())
      const textless = fc.constant({ toString: 0, valueOf: 0 })
      const element = fc.oneof(small, textless)
      const values = fc.oneof(fc.anything(), fc.array(element, { maxLength: 8 }))
      fc.assert(
        fc.property(values, (value) => {
          try {
            protocol.dialect().read(value, (envelope) => {
              expect(protocol.dialect().can).toHaveProperty(envelope.kind)
              if ('method' in envelope) expect(typeof envelope.method).toBe('string')
              if ('id' in envelope) expect(Number.isSafeInteger(envelope.id)).toBe(true)
            })
          } catch (error) {
            if (!isTielineError(error, 'malformed')) throw error
          }
        }),
        { numRuns: 2000 },
      )
    })

    const { recognises } = protocol
    if (!recognises) return

    test('is recognised by its first bytes, however few come at a time', () => {
      const first = sayable.find(({ kind }) => kind === 'hello') ?? (sayable[0] as Envelope)
      const frame = frameOf(protocol, first)
      const answers = Array.from(frame, (_, at) => recognises(frame.subarray(0, at)))
      const sure = answers.indexOf(true)
      expect(sure).toBeGreaterThan(0)
      expect(answers.slice(0, sure).every((answer) => answer === undefined)).toBe(true)
      expect(answers.slice(sure).every((answer) => answer === true)).toBe(true)
      for (const other of options.others ?? OTHERS) {
        expect(recognises(new TextEncoder().encode(other))).toBe(false)
      }
    })
  })
}
