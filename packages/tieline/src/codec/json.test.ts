import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { defaultLimits, type Limits, limitsWith } from '../limits.js'
import { codecSuite, encodedWith, refusal } from '../testing/codec-suite.js'
import { json } from './json.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const write = (value: unknown) => textOf(encodedWith(json(), value))
const read = (text: string | Uint8Array, limits: Partial<Limits> = {}) => {
  const bytes = typeof text === 'string' ? bytesOf(text) : text
  return json().decode(bytes, 0, bytes.length, true, limitsWith(limits))
}
const refuse = (code: string, text: string | Uint8Array, limits: Partial<Limits> = {}) =>
  refusal(code, () => read(text, limits))

const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const anything = fc.anything({
  key: text.filter((key) => key !== '__proto__'),
  values: [
    text,
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ],
  withNullPrototype: false,
})

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
function cycle(): unknown {
  const value: Record<string, unknown> = { name: 'x'.repeat(100_000) }
  value['self'] = [value]
  return value
}

codecSuite('json', json, {
  values: anything,
  whole: anything.map((value) => [value]),
  sized: (bytes) => ({ text: 'x'.repeat(bytes / 2), list: Array(Math.ceil(bytes / 4)).fill(1) }),
  nested,
  refused: {
    NaN: () => Number.NaN,
    infinities: () => [1, -Infinity],
    bigints: () => ({ n: 1n }),
    functions: () => ({ text: 'x'.repeat(70_000), run: () => 1 }),
    symbols: () => [Symbol('s')],
    'binary data': () => ({ data: new Uint8Array(3) }),
    'a Buffer, in spite of its toJSON': () => Buffer.from('abc'),
    'a Map': () => new Map([['a', 1]]),
    'a Set': () => new Set([1]),
    'an Error': () => new Error('message'),
    'a promise': () => Promise.resolve(1),
    'a boxed number': () => Object(1),
    cycles: cycle,
  },
  hostile: {
    'an empty text': { bytes: bytesOf(''), code: 'malformed' },
    'a byte order mark': { bytes: bytesOf('\ufeff{}'), code: 'malformed' },
    'single quotes': { bytes: bytesOf("{'a':1}"), code: 'malformed' },
    'a comma at the end': { bytes: bytesOf('[1,2,]'), code: 'malformed' },
    'a raw line break in a string': { bytes: bytesOf('"a\nb"'), code: 'malformed' },
    NaN: { bytes: bytesOf('NaN'), code: 'malformed' },
    '10 KB of [': { bytes: bytesOf('['.repeat(10_240)), code: 'too-large' },
    '10 KB of {"a":': { bytes: bytesOf('{"a":'.repeat(2_000)), code: 'too-large' },
    'a megabyte of [ and ]': {
      bytes: bytesOf('['.repeat(500_000) + ']'.repeat(500_000)),
      code: 'too-large',
    },
    'an array with one element too many': {
      bytes: bytesOf(`[${Array(11).fill('1').join()}]`),
      code: 'too-large',
      limits: { elements: 10 },
    },
    'an object of 10^6 keys (row 6)': {
      bytes: bytesOf(`{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":0`).join()}}`),
      code: 'too-large',
    },
    'an object with one property too many, strings full of brackets between': {
      bytes: bytesOf('{"a":"[[[","b":"\\"[,","c":{}}'),
      code: 'too-large',
      limits: { elements: 2 },
    },
  },
  protoKeys: {
    alone: bytesOf('{"__proto__":{"polluted":1}}'),
    'in an array, among others': bytesOf('[{"a":1,"__proto__":{"polluted":1},"b":[]}]'),
    'spelled with escapes': bytesOf('{"\\u005f_pr\\u006fto\\u005F_":{"polluted":1},"b":[]}'),
    'twice, one inside the other': bytesOf('{"__proto__":{"__proto__":{}},"a":{"__proto__":1}}'),
  },
})

describe('json', () => {
  it('writes what JSON.stringify writes, as far as that writes all', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const usual = JSON.stringify(value, (_, item) => (Object.is(item, -0) ? 0 : item))
        expect(write(value).replace(/-0(?=[,\]}]|$)/g, '0').length).toBeLessThanOrEqual(
          usual.length,
        )
        expect(JSON.parse(write(value))).toEqual(value)
      }),
    )
    const value = { a: [1, -1, 0, 10, 99, 100, 999_999_999, 1_000_000_000, -2_147_483_648, 1e21] }
    expect(write(value)).toBe(JSON.stringify(value))
    const more = {
      b: [0.1, 1.5e-7, 5e-324, Number.MAX_VALUE, 'é', '"\\\n\u0000', ''],
      c: { d: null },
    }
    expect(write(more)).toBe(JSON.stringify(more))
  })

  it('writes any names, again and again, more of them than it remembers', () => {
    const codec = json()
    const names = Array.from({ length: 600 }, (_, n) => `${'"\\é\n\ud800'.slice(0, n % 6)}${n}`)
    names.push('', 'x'.repeat(60), 'x'.repeat(61), '€'.repeat(60))
    const value = { inner: Object.fromEntries(names.map((name, n) => [name, n])), outer: {} }
    for (let round = 0; round < 3; round++) {
      expect(textOf(encodedWith(codec, value))).toBe(JSON.stringify(value))
      expect(textOf(encodedWith(codec, value.inner))).toBe(JSON.stringify(value.inner))
    }
  })

  it('writes nothing that objects inherit', () => {
    const everywhere = Object.prototype as { inherited?: number }
    everywhere.inherited = 1
    try {
      expect(write({ own: { a: [{}] } })).toBe('{"own":{"a":[{}]}}')
    } finally {
      delete everywhere.inherited
    }
  })

  it('writes one line, whatever is in the strings', () => {
    expect(write({ 'a\nb': 'c\r\nd\u2028' })).toBe('{"a\\nb":"c\\r\\nd\u2028"}')
  })

  it('writes -0 as -0, and reads it so', () => {
    expect(write([-0, 0])).toBe('[-0,0]')
    expect(read('[-0,0]')).toStrictEqual([-0, 0])
  })

  it('writes undefined as null, and leaves out properties that are undefined', () => {
    expect(write(undefined)).toBe('null')
    expect(write([undefined, 1])).toBe('[null,1]')
    expect(write({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}')
  })

  it('writes an instance as what its toJSON returns, which is asked once, or as its properties', () => {
    const date = new Date(0)
    expect(write({ date, url: new URL('http://a/') })).toBe(
      '{"date":"1970-01-01T00:00:00.000Z","url":"http://a/"}',
    )
    class Endless {
      readonly name = 'endless'
      toJSON() {
        return this
      }
    }
    class Point {
      readonly x = 1
      #hidden = 2
      get y() {
        return this.#hidden
      }
    }
    expect(write([new Endless(), new Point()])).toBe('[{"name":"endless"},{"x":1}]')
    class Holder {
      toJSON() {
        return new Uint8Array(1)
      }
    }
    refusal('invalid-argument', () => write(new Holder()))
  })

  it('writes a lone surrogate as its escape, and reads it back as it was', () => {
    expect(write('a\ud800')).toBe('"a\\ud800"')
    expect(read(write('a\ud800'))).toBe('a\ud800')
  })

  it('reads what is not UTF-8 in a string as U+FFFD', () => {
    expect(read(Uint8Array.of(0x22, 0xff, 0x61, 0xed, 0xa0, 0x80, 0x22))).toBe(
      '\ufffda\ufffd\ufffd\ufffd',
    )
  })

  it('reads integers beyond 2^53 as the nearest number', () => {
    expect(read('9007199254740993')).toBe(9007199254740992)
  })

  it('keeps keys that only look dangerous', () => {
    const value = read('{"constructor":1,"prototype":2,"proto":{"\\u005fproto_":3}}')
    expect(value).toStrictEqual({ constructor: 1, prototype: 2, proto: { _proto_: 3 } })
  })

  it('reads elements up to the limit, and counts none in strings', () => {
    expect(read('[1,2,3]', { elements: 3 })).toEqual([1, 2, 3])
    expect(read('["a,b,c,d","\\",,,,,"]', { elements: 2 })).toEqual(['a,b,c,d', '",,,,,'])
    refuse('too-large', '[1,2,3,4]', { elements: 3 })
    // Six in all: the two inside the outer array, and four inside those. Empty ones have none.
    const text = ' [ [1, 2], {"a":[ ],"b":{}} ] '
    expect(read(text, { elements: 6 })).toEqual([[1, 2], { a: [], b: {} }])
    expect(refuse('too-large', text, { elements: 5 }).message).toBe(
      'at least 6 elements in one value are over the limit of 5 (elements)',
    )
  })

  it('finds the end of every string, however long and whatever is escaped in it', () => {
    const part = fc.oneof(fc.constantFrom('"', '\\', ',', '[', '{'), fc.string({ maxLength: 90 }))
    const strings = fc.array(fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')))
    fc.assert(
      fc.property(strings, (value) => {
        const text = JSON.stringify(value)
        // So short a limit that they are counted at all.
        const elements = Math.max(1, value.length)
        expect(read(text, { elements })).toEqual(value)
        if (value.length > 1) refuse('too-large', text, { elements: value.length - 1 })
      }),
      { numRuns: 500 },
    )
  })

  it('tells where the text is wrong, and never what it is', () => {
    const error = refuse('malformed', '{"password":"secret" "x"}')
    expect(error.message).toBe('not JSON at character 21')
    expect(String(error.cause)).not.toContain('secret')
    expect(refuse('malformed', 'secret').message).not.toContain('secret')
  })

  it('lets a getter encode into another sink in the middle of a value', () => {
    const codec = json()
    const value = {
      get inner() {
        return textOf(encodedWith(codec, { a: [1] }))
      },
      after: true,
    }
    expect(textOf(encodedWith(codec, value))).toBe('{"inner":"{\\"a\\":[1]}","after":true}')
  })

  it('refuses a getter that encodes into the sink being written, before it harms anything', () => {
    const codec = json()
    const out = new ByteSink()
    codec.encode(1, out)
    out.mark()
    const value = {
      before: 'x'.repeat(70_000),
      get again() {
        return codec.encode(1, out)
      },
    }
    refusal('invalid-argument', () => codec.encode(value, out))
    out.rollback()
    codec.encode(2, out)
    expect(textOf(joined(out.take() ?? []))).toBe('12')
  })

  it('takes the depth to write from 1 to 512', () => {
    const deep = encodedWith(json({ maxDepth: 512 }), nested(512))
    refuse('too-large', deep)
    expect(() =>
      json().decode(deep, 0, deep.length, true, limitsWith({ depth: 512 })),
    ).not.toThrow()
    for (const maxDepth of [0, 513, 1.5, Number.NaN]) {
      refusal('invalid-argument', () => json({ maxDepth }))
    }
    const beyond = bytesOf('['.repeat(513) + ']'.repeat(513))
    refusal('too-large', () =>
      json().decode(beyond, 0, beyond.length, true, { ...defaultLimits, depth: 10_000 }),
    )
  })
})
