import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dialectSuite, envelopesOf, frameOf, SAMPLES } from '../testing/dialect-suite.js'
import type { Envelope } from './envelope.js'
import { native } from './native.js'

dialectSuite('native', native, {
  malformed: [
    null,
    5,
    'text',
    {},
    [],
    [16, 1],
    [-1],
    ['1', 1, 'hello'],
    [1],
    [1, 0, 'hello'],
    [1, -1, 'hello'],
    [1, 1.5, 'hello'],
    [1, 0x1_0000_0000, 'hello'],
    [1, '1', 'hello'],
    [1, 1, 7],
    [1, 1, null],
    [1, 1, 'hello', -1],
    [1, 1, 'hello', Number.NaN],
    [1, 1, 'hello', Number.POSITIVE_INFINITY],
    [1, 1, 'hello', '2s'],
    [1, 1, 'hello', 5, 'meta'],
    [1, 1, 'hello', 5, ['meta']],
    [1, 1, 'hello', 5, { trace: 1 }],
    [1, 1, 'hello', 5, new Map([[1, 'x']])],
    [1, 1, 'hello', 5, new Date(0)],
    [2, 1, 'hello'],
    [2, 1, 'hello', null],
    [2, 1, 'hello', -5],
    [2, 1, 'hello', 1e300],
    [2, 1, 'hello', 5, -5],
    [3, 5],
    [3, 'log', 'meta'],
    [4],
    [5, 1],
    [5, 1, 'code'],
    [5, 1, 5, 'message'],
    [6],
    [7, 'x'],
    [8, 1],
    [8, 1, -1],
    [8, 1, 0.5],
    [9],
    [10],
    [11],
    [12, 1, null],
    [13],
    [13, -1],
    [14, 'x'],
    [15, 'code'],
    [0, 'tieline'],
    [0, 'other', 1, 0],
    [0, 'tieline', 1, 'x'],
    [0, 'tieline', 1, 0, 'greeter'],
    [0, 'tieline', 1, 0, ['greeter']],
    [0, 'tieline', 1, 0, null, ['greeter', 1]],
  ],
})

interface Golden {
  readonly say: string
  readonly envelope: Envelope
  readonly hex: string
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../test/golden/native.json', import.meta.url), 'utf8'),
) as { frames: Golden[] }

/** JSON has no undefined: what an envelope leaves out is undefined. */
const FIELDS: Partial<Record<Envelope['kind'], readonly string[]>> = {
  request: ['window', 'timeout', 'meta', 'params'],
  result: ['value'],
  notify: ['meta', 'params'],
  hello: ['serves', 'expects'],
  goaway: ['error'],
}

function whole(envelope: Envelope): Envelope {
  const left = (FIELDS[envelope.kind] ?? []).map((field) => [field, undefined])
  return { ...Object.fromEntries(left), ...envelope } as Envelope
}

describe('the bytes of native, version 1.0', () => {
  test.each(golden.frames.map((frame) => [frame.say, frame] as const))('%s', (_, frame) => {
    const envelope = whole(frame.envelope)
    const bytes = Buffer.from(frame.hex, 'hex')
    expect(Buffer.from(frameOf(native(), envelope)).toString('hex')).toBe(frame.hex)
    expect(envelopesOf(native(), bytes)).toEqual([envelope])
  })

  test('are given for every kind of message', () => {
    const kinds = new Set(golden.frames.map(({ envelope }) => envelope.kind))
    expect([...kinds].sort()).toEqual([...new Set(SAMPLES.map(({ kind }) => kind))].sort())
  })

  test('a message that leaves out its last elements is read as if they were nil', () => {
    const read = (value: unknown[]): Envelope[] => {
      const envelopes: Envelope[] = []
      native()
        .dialect()
        .read(value, (envelope) => envelopes.push(envelope))
      return envelopes
    }
    expect(read([1, 1, 'hello'])).toEqual(read([1, 1, 'hello', null, null]))
    expect(read([2, 1, 'ticks', 5])).toEqual(read([2, 1, 'ticks', 5, null, null, undefined]))
    expect(read([4, 1])).toEqual(read([4, 1, undefined]))
    expect(read([15])).toEqual(read([15, null]))
    expect(read([0, 'tieline', 1, 0])).toEqual(read([0, 'tieline', 1, 0, null, null]))
  })

  test('elements that a later minor version may add are not looked at', () => {
    const envelopes: Envelope[] = []
    native()
      .dialect()
      .read([9, 4, 'more', {}], (envelope) => envelopes.push(envelope))
    expect(envelopes).toEqual([{ kind: 'cancel', id: 4 }])
  })
})
