// What a dialect's direct wire must be: nothing but a faster way to the same bytes and envelopes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { isTielineError } from '../errors.js'
import { defaultLimits, type Limits, limitsWith } from '../limits.js'
import { frameOf, SAMPLES } from '../testing/dialect-suite.js'
import type { Wire } from '../wire/index.js'
import type { Protocol } from './dialect.js'
import type { Envelope } from './envelope.js'
import { msgpackRpc } from './msgpack-rpc.js'
import { native } from './native.js'

const protocols: Readonly<Record<string, () => Protocol>> = {
  native,
  'native over messages': () => native({ over: 'messages' }),
  'MessagePack-RPC': msgpackRpc,
  'MessagePack-RPC with errors as maps': () => msgpackRpc({ errors: 'map' }),
}

function directOf(protocol: Protocol): Wire<Envelope> {
  const { direct } = protocol.dialect()
  if (direct === undefined) expect.fail(`${protocol.name} has no direct wire`)
  return direct
}

function encoded<W>(wire: Wire<W>, value: W): Uint8Array {
  const sink = new ByteSink()
  wire.encode(value, sink, defaultLimits)
  return joined(sink.take() ?? []).slice()
}

/** The envelopes in these bytes, or 'refused'. */
type Outcome = Envelope[] | 'refused'

function outcome(run: (emit: (envelope: Envelope) => void) => void): Outcome {
  const envelopes: Envelope[] = []
  try {
    run((envelope) => envelopes.push(envelope))
  } catch (error) {
    if (isTielineError(error, 'malformed') || isTielineError(error, 'too-large')) return 'refused'
    throw error
  }
  return envelopes
}

function readDirect(protocol: Protocol, bytes: Uint8Array, limits: Limits): Outcome {
  const decoder = directOf(protocol).decoder(limits)
  return outcome((emit) => {
    decoder.push(bytes.slice(), emit)
    decoder.end()
  })
}

function readByValue(protocol: Protocol, bytes: Uint8Array, limits: Limits): Outcome {
  const decoder = protocol.wire.decoder(limits)
  const dialect = protocol.dialect()
  return outcome((emit) => {
    decoder.push(bytes.slice(), (value) => dialect.read(value, emit))
    decoder.end()
  })
}

const element = fc.oneof(
  fc.integer({ min: -1, max: 20 }),
  fc.constantFrom('hello', 'tieline', null, 5, 2000),
  fc.anything({ values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] }),
)
const message = fc.oneof(
  fc.array(element, { maxLength: 8 }),
  fc.tuple(fc.constantFrom(0, 1, 4), fc.integer({ min: 1, max: 9 }), element, element, element),
  fc.tuple(fc.constantFrom(0, 1, 4), fc.integer({ min: 1, max: 9 }), element, element),
  element,
)

describe.each(Object.entries(protocols))('the direct wire of %s', (_, make) => {
  const protocol = make()

  test.each(SAMPLES.map((envelope) => [envelope.kind, envelope] as const))(
    'writes and reads the same bytes for a %s: %j',
    (_kind, envelope) => {
      const bytes = frameOf(protocol, envelope)
      expect(encoded(directOf(protocol), envelope)).toEqual(bytes)
      const read = readByValue(protocol, bytes, defaultLimits)
      if (bytes.length > 0) expect(readDirect(protocol, bytes, defaultLimits)).toEqual(read)
    },
  )

  test('reads what can be read and refuses what cannot, the same limits kept', () => {
    const tight = limitsWith({ depth: 3, elements: 12 })
    const writable = (value: unknown): Uint8Array | undefined => {
      try {
        return encoded(protocol.wire, value)
      } catch {
        return undefined // fast-check's `anything` makes values that have no MessagePack form.
      }
    }
    fc.assert(
      fc.property(message, (value) => {
        const bytes = writable(value)
        if (bytes === undefined) return
        for (const limits of [defaultLimits, tight]) {
          const expected = readByValue(protocol, bytes, limits)
          expect(readDirect(protocol, bytes, limits)).toEqual(expected)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('drops elements that a later version may have added, and counts them', () => {
    const bytes = encoded(protocol.wire, [4, 7, 'value', [1, 2, 3], { more: true }])
    for (const limits of [defaultLimits, limitsWith({ elements: 7 })]) {
      const expected = readByValue(protocol, bytes, limits)
      expect(readDirect(protocol, bytes, limits)).toEqual(expected)
    }
  })
})
