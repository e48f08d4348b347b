import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSink, joined } from '../../bytes.js'
import { isTielineError } from '../../errors.js'
import { defaultLimits, type Limits, limitsWith } from '../../limits.js'
import { codecSuite, encodedWith, refusal } from '../../testing/codec-suite.js'
import { INCOMPLETE } from '../codec.js'
import { Extension, messagePack } from './index.js'

const codec = messagePack()

function hex(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-f]/gi, '')
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const write = (value: unknown) => shown(encodedWith(codec, value))
function read(bytes: Uint8Array | string, limits: Partial<Limits> = {}): unknown {
  const all = typeof bytes === 'string' ? hex(bytes) : bytes
  return codec.decode(all, 0, all.length, true, limitsWith(limits))
}
/** Each a key of four bytes that no other has, and a nil. */
function millionPairs(): Uint8Array {
  const bytes = new Uint8Array(6_000_000)
  for (let i = 0; i < 1_000_000; i++) {
    bytes[6 * i] = 0xa4
    for (let k = 0; k < 4; k++) bytes[6 * i + 1 + k] = 0x40 + ((i >> (5 * k)) & 31)
    bytes[6 * i + 5] = 0xc0
  }
  return bytes
}
const outcome = (run: () => string) => {
  try {
    return run()
  } catch (error) {
    return isTielineError(error, 'invalid-argument') ? 'refused' : error
  }
}
const filled = (first: string, length: number, byte = 0) =>
  joined([hex(first), new Uint8Array(length).fill(byte)])

const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const bigints = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
)
const dates = fc.date({ noInvalidDate: true })
const extensions = fc
  .tuple(fc.integer({ min: -128, max: 127 }), fc.uint8Array({ maxLength: 40 }))
  .filter(([type]) => type !== -1)
  .map(([type, data]) => new Extension(type, data))
const leaf = fc.oneof(
  text,
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
  bigints,
  dates,
  extensions,
)
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.boolean(), bigints), tie('value')), {
        minLength: 1,
      })
      .map((pairs) => new Map(pairs)),
  ),
}))

const nested = (depth: number): unknown =>
  depth === 0 ? 1 : depth % 2 ? [nested(depth - 1)] : { a: nested(depth - 1) }
function cycle(): unknown {
  const value: Record<string, unknown> = { name: 'x'.repeat(100_000) }
  value['self'] = [value]
  return value
}

codecSuite('MessagePack', messagePack, {
  values: anything,
  sized: (bytes) => ({
    text: 'x'.repeat(bytes / 4),
    binary: new Uint8Array(bytes / 2).fill(5),
    list: Array.from({ length: bytes / 4 }, (_, i) => i & 63),
  }),
  nested,
  refused: {
    functions: () => ({ text: 'x'.repeat(70_000), run: () => 1 }),
    'functions in class clothes': () => [class {}],
    symbols: () => [1, Symbol('s')],
    'bigints above 2^64-1': () => 2n ** 64n,
    'bigints below -2^63': () => [-(2n ** 63n) - 1n],
    'an invalid Date': () => new Date(Number.NaN),
    'a Set': () => ({ data: new Uint8Array(100_000), set: new Set([1]) }),
    'an Error': () => new Error('message'),
    'a promise': () => Promise.resolve(1),
    'a regular expression': () => /a/,
    'a generator': () => (function* () {})(),
    'a boxed string': () => Object('text'),
    cycles: cycle,
    'a Map that is inside itself': () => {
      const map = new Map<unknown, unknown>()
      return map.set(1, map)
    },
    'an extension type that is no byte': () => ({
      e: Object.assign(new Extension(1, hex('')), { type: 300 }),
    }),
    'a getter that throws a refusal': () => ({
      a: 1,
      get b() {
        return encodedWith(codec, Symbol('inside'))
      },
    }),
  },
  hostile: {
    'the one byte that is never used': { bytes: hex('c1'), code: 'malformed' },
    'that byte inside': { bytes: hex('93 01 c1 02'), code: 'malformed' },
    'nothing at all': { bytes: hex(''), code: 'malformed', unfinished: true },
    '10 KB of 0x91': { bytes: new Uint8Array(10_240).fill(0x91), code: 'too-large' },
    '10 KB of 0x81': { bytes: new Uint8Array(10_240).fill(0x81), code: 'too-large' },
    '10 KB of array32 headers': {
      bytes: joined(Array.from({ length: 2048 }, () => hex('dd 00 00 00 01'))),
      code: 'too-large',
    },
    'an array32 of 4 Gi elements': { bytes: hex('dd ff ff ff ff 00'), code: 'too-large' },
    'a map32 of 4 Gi pairs': { bytes: hex('df ff ff ff ff 00'), code: 'too-large' },
    'a str32 of 4 GiB': { bytes: hex('db ff ff ff ff 00'), code: 'too-large' },
    'a bin32 of 4 GiB': { bytes: hex('c6 ff ff ff ff 00'), code: 'too-large' },
    'an ext32 of 4 GiB': { bytes: hex('c9 ff ff ff ff 01 00'), code: 'too-large' },
    'a str32 of 2 GiB inside an array': { bytes: hex('92 01 db 7f ff ff ff'), code: 'too-large' },
    'a str16 longer than a frame': {
      bytes: hex('da 03 e9 61'),
      code: 'too-large',
      limits: { frameBytes: 1000 },
    },
    'arrays that together promise more than a frame': {
      bytes: filled('dc 01 00 dc 03 00', 300, 0),
      code: 'too-large',
      limits: { frameBytes: 700 },
    },
    'an array with one element too many, from its header': {
      bytes: hex('dc 00 11'),
      code: 'too-large',
      limits: { elements: 16 },
    },
    'a map with one pair too many, from its header': {
      bytes: hex('83'),
      code: 'too-large',
      limits: { elements: 2 },
    },
    'many small arrays and maps that have too many elements together': {
      bytes: hex('92 93 01 02 03 82 01 02 03 04'),
      code: 'too-large',
      limits: { elements: 6 },
    },
    'a map of 10^6 keys, from its header (row 6)': {
      bytes: hex('df 00 0f 42 40 a1 61'),
      code: 'too-large',
    },
    'a map of 10^6 keys that are all there (row 6)': {
      bytes: joined([hex('df 00 0f 42 40'), millionPairs()]),
      code: 'too-large',
    },
    'an array that promises a million elements and has none': {
      bytes: hex('dd 00 0f 42 40'),
      code: 'malformed',
      limits: { elements: 1_000_000 },
      unfinished: true,
    },
  },
  protoKeys: {
    alone: joined([
      hex('81 a9'),
      Buffer.from('__proto__'),
      hex('81 a8'),
      Buffer.from('polluted'),
      hex('01'),
    ]),
    'in an array, among others': joined([
      hex('91 83 a1 61 01 a9'),
      Buffer.from('__proto__'),
      hex('80 a1 62 90'),
    ]),
    'with a long header': joined([hex('81 d9 09'), Buffer.from('__proto__'), hex('80')]),
    'in a map of more than fifteen': joined([
      hex('de 00 10 a9'),
      Buffer.from('__proto__'),
      hex('80'),
      ...Array.from({ length: 15 }, (_, i) => Uint8Array.of(0xa1, 97 + i, i)),
    ]),
    'in a Map, behind a key that is no string': joined([
      hex('82 01 02 a9'),
      Buffer.from('__proto__'),
      hex('80'),
    ]),
    'in a Map': joined([hex('82 a9'), Buffer.from('__proto__'), hex('80 01 02')]),
  },
})

// Every format, at the borders of its range. What is written is the smallest form.
const GOLDEN: readonly (readonly [value: unknown, bytes: string])[] = [
  [null, 'c0'],
  [false, 'c2'],
  [true, 'c3'],
  [0, '00'],
  [127, '7f'],
  [128, 'cc80'],
  [255, 'ccff'],
  [256, 'cd0100'],
  [65_535, 'cdffff'],
  [65_536, 'ce00010000'],
  [2 ** 31 - 1, 'ce7fffffff'],
  [2 ** 31, 'ce80000000'],
  [2 ** 32 - 1, 'ceffffffff'],
  [2 ** 32, 'cf0000000100000000'],
  [Number.MAX_SAFE_INTEGER, 'cf001fffffffffffff'],
  [2n ** 53n, 'cf0020000000000000'],
  [2n ** 63n, 'cf8000000000000000'],
  [2n ** 64n - 1n, 'cfffffffffffffffff'],
  [-1, 'ff'],
  [-32, 'e0'],
  [-33, 'd0df'],
  [-128, 'd080'],
  [-129, 'd1ff7f'],
  [-32_768, 'd18000'],
  [-32_769, 'd2ffff7fff'],
  [-(2 ** 31), 'd280000000'],
  [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
  [Number.MIN_SAFE_INTEGER, 'd3ffe0000000000001'],
  [-(2n ** 53n), 'd3ffe0000000000000'],
  [-(2n ** 63n), 'd38000000000000000'],
  [0.5, 'cb3fe0000000000000'],
  [-0, 'cb8000000000000000'],
  [Number.NaN, 'cb7ff8000000000000'],
  [Number.POSITIVE_INFINITY, 'cb7ff0000000000000'],
  [Number.NEGATIVE_INFINITY, 'cbfff0000000000000'],
  [2 ** 53, 'cb4340000000000000'],
  [1e300, 'cb7e37e43c8800759c'],
  ['', 'a0'],
  ['a'.repeat(31), `bf${'61'.repeat(31)}`],
  ['a'.repeat(32), `d920${'61'.repeat(32)}`],
  ['a'.repeat(255), `d9ff${'61'.repeat(255)}`],
  ['a'.repeat(256), `da0100${'61'.repeat(256)}`],
  ['a'.repeat(65_535), `daffff${'61'.repeat(65_535)}`],
  ['a'.repeat(65_536), `db00010000${'61'.repeat(65_536)}`],
  ['é'.repeat(15), `be${'c3a9'.repeat(15)}`],
  ['é'.repeat(16), `d920${'c3a9'.repeat(16)}`],
  ['€'.repeat(85), `d9ff${'e282ac'.repeat(85)}`],
  ['😀'.repeat(64), `da0100${'f09f9880'.repeat(64)}`],
  [new Uint8Array(0), 'c400'],
  [new Uint8Array(255), `c4ff${'00'.repeat(255)}`],
  [new Uint8Array(256), `c50100${'00'.repeat(256)}`],
  [new Uint8Array(65_535), `c5ffff${'00'.repeat(65_535)}`],
  [new Uint8Array(65_536), `c600010000${'00'.repeat(65_536)}`],
  [[], '90'],
  [Array(15).fill(1), `9f${'01'.repeat(15)}`],
  [Array(16).fill(1), `dc0010${'01'.repeat(16)}`],
  [Array(65_535).fill(1), `dcffff${'01'.repeat(65_535)}`],
  [Array(65_536).fill(1), `dd00010000${'01'.repeat(65_536)}`],
  [{}, '80'],
  [{ a: 1 }, '81a16101'],
  [new Map([[1, 2]]), '810102'],
  [
    new Map(Array.from({ length: 16 }, (_, i) => [i, 0])),
    `de0010${Array.from({ length: 16 }, (_, i) => `${i.toString(16).padStart(2, '0')}00`).join('')}`,
  ],
  [new Extension(0, hex('01')), 'd40001'],
  [new Extension(127, hex('0102')), 'd57f0102'],
  [new Extension(-128, hex('01020304')), 'd68001020304'],
  [new Extension(5, new Uint8Array(8)), `d705${'00'.repeat(8)}`],
  [new Extension(5, new Uint8Array(16)), `d805${'00'.repeat(16)}`],
  [new Extension(0, hex('')), 'c70000'],
  [new Extension(1, new Uint8Array(3)), 'c70301000000'],
  [new Extension(1, new Uint8Array(255)), `c7ff01${'00'.repeat(255)}`],
  [new Extension(1, new Uint8Array(256)), `c8010001${'00'.repeat(256)}`],
  [new Extension(1, new Uint8Array(65_536)), `c90001000001${'00'.repeat(65_536)}`],
  [new Date(0), 'd6ff00000000'],
  [new Date(4_294_967_295_000), 'd6ffffffffff'],
  [new Date(4_294_967_296_000), 'd7ff0000000100000000'],
  [new Date(1_500), 'd7ff7735940000000001'],
  [
    new Date((2 ** 34 - 1) * 1000 + 999),
    'd7ffee2e6d03ffffffff'.replace('ee2e6d03', ((999_000_000 * 4 + 3) >>> 0).toString(16)),
  ],
  [new Date(2 ** 34 * 1000), 'c70cff000000000000000400000000'],
  [new Date(-1), 'c70cff3b8b87c0ffffffffffffffff'],
  [new Date(8.64e15), 'c70cff00000000000007dba8218000'],
  [new Date(-8.64e15), 'c70cff00000000fffff82457de8000'],
]

describe('MessagePack bytes', () => {
  it.each(GOLDEN)('golden %#', (value, bytes) => {
    expect(write(value)).toBe(bytes)
    expect(read(bytes)).toStrictEqual(value)
  })

  it('are refused or read for each of the 256 first bytes, and no other error comes', () => {
    for (let first = 0; first < 256; first++) {
      // Zeros behind it: enough for any size of 0, and a value of size 1 where the byte itself says so.
      const bytes = filled(first.toString(16).padStart(2, '0'), 40)
      if (first === 0xc1) {
        expect(refusal('malformed', () => read(bytes)).message).toBe(
          'byte 0xc1 at offset 0 is not MessagePack',
        )
        continue
      }
      const end = { at: 0 }
      const value = codec.decodePrefix(bytes, 0, 41, true, defaultLimits, end)
      expect(value).not.toBe(INCOMPLETE)
      expect(codec.scanner(defaultLimits).scan(bytes, 0, 41)).toBe(end.at)
    }
  })

  it('that are not in the smallest form are read all the same', () => {
    expect(read('d3 00 00 00 00 00 00 00 05')).toBe(5)
    expect(read('ca 3f 80 00 00')).toBe(1)
    expect(read('ca 7f 80 00 00')).toBe(Number.POSITIVE_INFINITY)
    expect(read('db 00 00 00 01 61')).toBe('a')
    expect(read('df 00 00 00 01 db 00 00 00 01 61 dd 00 00 00 00')).toStrictEqual({ a: [] })
    expect(read('c9 00 00 00 04 ff 00 00 00 01')).toStrictEqual(new Date(1000))
  })

  it('of an error carry the offset, counted from the start of the value', () => {
    const bytes = hex('00 00 93 a1 61 82 01 02 03 c1')
    const error = refusal('malformed', () => codec.decode(bytes, 2, 10, true, defaultLimits))
    expect(error.message).toBe('byte 0xc1 at offset 7 is not MessagePack')
  })

  interface Case {
    readonly msgpack: readonly string[]
    readonly bignum?: string
    readonly binary?: string
    readonly timestamp?: readonly [seconds: number, nanoseconds: number]
    readonly ext?: readonly [type: number, data: string]
    readonly [kind: string]: unknown
  }
  const groups = createRequire(import.meta.url)('msgpack-test-suite') as Record<string, Case[]>

  describe.each(Object.entries(groups))('of the msgpack-test-suite, %s', (_, cases) => {
    it.each(cases)('$msgpack.0', (example) => {
      const { msgpack, timestamp } = example
      if (timestamp && timestamp[1] % 1_000_000 !== 0) {
        // A Date cannot hold it: kept as it is.
        for (const form of msgpack) {
          const value = read(form)
          expect(value).toBeInstanceOf(Extension)
          expect(write(value)).toBe(shown(hex(form)))
        }
        return
      }
      const value = expectedOf(example)
      for (const form of msgpack) expect(read(form)).toStrictEqual(value)
      expect(msgpack.map((form) => shown(hex(form)))).toContain(write(value))
    })
  })

  function expectedOf(example: Case): unknown {
    const { bignum, binary, timestamp, ext } = example
    if (ext) return new Extension(ext[0], hex(ext[1]))
    if (binary !== undefined) return hex(binary)
    if (timestamp) return new Date(timestamp[0] * 1000 + timestamp[1] / 1_000_000)
    if (bignum !== undefined) {
      const exact = BigInt(bignum)
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
    }
    const [kind] = Object.keys(example).filter((key) => key !== 'msgpack')
    return example[kind as string]
  }
})

describe('MessagePack values', () => {
  it('integers of any kind take the smallest form, and are numbers again where that is exact', () => {
    expect(write(5n)).toBe('05')
    expect(write(-(2n ** 31n))).toBe('d280000000')
    expect(read('cf 00 20 00 00 00 00 00 01')).toBe(2n ** 53n + 1n)
    expect(read('d3 ff e0 00 00 00 00 00 00')).toBe(-(2n ** 53n))
    expect(read('d3 ff e0 00 00 00 00 00 01')).toBe(Number.MIN_SAFE_INTEGER)
  })

  it('undefined is nil, and a property that is undefined is left out', () => {
    expect(write(undefined)).toBe('c0')
    expect(write([undefined, 1])).toBe('92c001')
    expect(write({ a: undefined, b: 1, c: undefined })).toBe('81a16201')
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(write([1, , 2])).toBe('9301c002')
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`k${i}`, i < 3 ? i : undefined]),
    )
    expect(write(many)).toBe('83a26b3000a26b3101a26b3202')
    expect(write(new Map([[1, undefined]]))).toBe('8101c0')
  })

  it('every kind of view and buffer is bin, read as a plain Uint8Array', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    const views = [
      Buffer.from(bytes),
      bytes.buffer,
      new DataView(bytes.buffer),
      new Int16Array(bytes.buffer),
    ]
    for (const view of [bytes, ...views, new Uint8Array(Uint8Array.of(0, 1, 2, 3, 4).buffer, 1)]) {
      expect(write(view)).toBe('c40401020304')
    }
    const read_ = read(Buffer.from('c40401020304', 'hex')) as Uint8Array
    expect(read_.constructor).toBe(Uint8Array)
  })

  it('a large binary value is sent from where it is, and a view of memory that is not lent', () => {
    const large = new Uint8Array(100_000)
    const out = new ByteSink()
    codec.encode({ large, after: 1 }, out)
    const pieces = out.take() as Uint8Array[]
    expect(pieces.some((piece) => piece === large)).toBe(true)
    const bytes = joined(pieces)
    const value = codec.decode(bytes, 0, bytes.length, false, defaultLimits) as {
      large: Uint8Array
    }
    expect(value.large.buffer).toBe(bytes.buffer)
  })

  it('a map is an object when all of its keys are strings, and else a Map', () => {
    expect(read('82 a1 61 01 a1 62 02')).toStrictEqual({ a: 1, b: 2 })
    expect(read('82 01 02 a1 61 03')).toStrictEqual(
      new Map<unknown, unknown>([
        [1, 2],
        ['a', 3],
      ]),
    )
    expect(read('83 a1 61 01 c0 02 c3 03')).toStrictEqual(
      new Map<unknown, unknown>([
        ['a', 1],
        [null, 2],
        [true, 3],
      ]),
    )
    expect(read('81 91 01 02')).toStrictEqual(new Map([[[1], 2]]))
    expect(
      write(
        new Map<unknown, unknown>([
          [1, 2],
          ['a', 3],
        ]),
      ),
    ).toBe('820102a16103')
    expect(read(write(new Map([['a', 1]])))).toStrictEqual({ a: 1 })
  })

  it('of a key that comes twice the last one counts', () => {
    expect(read('82 a1 61 01 a1 61 02')).toStrictEqual({ a: 2 })
  })

  it('keys that only look dangerous are kept, and do no harm', () => {
    const value = {
      constructor: 1,
      prototype: 2,
      toString: 3,
      hasOwnProperty: 4,
      'NUL\0': 5,
      '': 6,
    }
    expect(read(write(value))).toStrictEqual(value)
  })

  it('of objects only own enumerable properties with string keys are written, toJSON is not asked', () => {
    class Base {
      inherited() {}
      own = 1
      #secret = 2
      get computed() {
        return this.#secret
      }
    }
    expect(write(new Base())).toBe('81a36f776e01')
    const value = { a: 1, [Symbol('s')]: 2, toJSON: undefined }
    Object.defineProperty(value, 'hidden', { value: 3, enumerable: false })
    expect(write(value)).toBe('81a16101')
    expect(write(Object.create({ inherited: 1 }, { a: { value: 1, enumerable: true } }))).toBe(
      '81a16101',
    )
    const nullPrototype = Object.assign(Object.create(null), { a: 1 })
    expect(write(nullPrototype)).toBe('81a16101')
  })

  it('an enumerable property of Object.prototype is not written', () => {
    const prototype = Object.prototype as Record<string, unknown>
    prototype['polluted'] = 1
    try {
      expect(write({ a: 1 })).toBe('81a16101')
    } finally {
      delete prototype['polluted']
    }
  })

  it('an object that changes while it is written is refused, or written as it was found', () => {
    let calls = 0
    const changing = new Proxy({ a: 1, b: 2, c: 3 } as Record<string, unknown>, {
      ownKeys: () => (calls++ < 1 ? ['a'] : ['a', 'b', 'c']),
    })
    // Where the keys are looked at once, as in a page, they were these.
    expect(['refused', '81a16101']).toContain(outcome(() => write(changing)))
    const map = new Map<unknown, unknown>([[1, 1]])
    map.set(2, {
      get x() {
        return map.delete(3)
      },
    })
    map.set(3, 1)
    refusal('invalid-argument', () => write(map))
    const array: unknown[] = [0, 1, 2]
    Object.defineProperty(array, 0, {
      get() {
        array.length = 1
        return 7
      },
    })
    expect(read(write(array))).toStrictEqual([7, null, null])
  })

  it('strings: NUL, lone surrogates and bytes that are not UTF-8 have a fixed meaning', () => {
    expect(read(write('a\0b'))).toBe('a\0b')
    expect(read(write('\ufeffbom'))).toBe('\ufeffbom')
    expect(write('\ud800')).toBe('a3efbfbd')
    expect(write('\udc00x')).toBe('a4efbfbd78')
    expect(read(write('x\ud83d'.repeat(30)))).toBe('x\ufffd'.repeat(30))
    expect(read('a3 ed a0 80')).toBe('\ufffd\ufffd\ufffd')
    expect(read('a2 c3 28')).toBe('\ufffd(')
    expect(read('a1 ff')).toBe('\ufffd')
    const invalid = joined([hex('d9 40'), new Uint8Array(64).fill(0xff)])
    expect(read(invalid)).toBe('\ufffd'.repeat(64))
    expect(read('81 a1 ff 01')).toStrictEqual({ '\ufffd': 1 })
  })

  it('dates that are not whole milliseconds, or beyond Date, stay extensions', () => {
    expect(read('d7 ff 00 00 00 04 00 00 00 01')).toStrictEqual(
      new Extension(-1, hex('00 00 00 04 00 00 00 01')),
    )
    // 10^9 nanoseconds are not a timestamp.
    const overflow = hex('c7 0c ff 3b 9a ca 00 00 00 00 00 00 00 00 00')
    expect(read(overflow)).toBeInstanceOf(Extension)
    expect(shown(encodedWith(codec, read(overflow)))).toBe(shown(overflow))
    expect(read('c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff')).toBeInstanceOf(Extension)
    expect(read('c7 05 ff 00 00 00 00 01')).toBeInstanceOf(Extension)
  })

  it('every extension type, 0 included, comes back exactly', () => {
    for (let type = -128; type <= 127; type++) {
      const value = new Extension(type, Uint8Array.of(1, 2, 3))
      expect(read(write(value))).toStrictEqual(value)
    }
  })

  it('the Extension of another copy of this package is written too', () => {
    const brand = Symbol.for('tieline.msgpack.extension')
    const foreign = new (class {
      type = 7
      data = hex('01');
      [brand] = true
    })()
    expect(write(foreign)).toBe('d40701')
  })

  it('an Extension must have a type that is a byte, and bytes', () => {
    for (const type of [-129, 128, 1.5, Number.NaN]) {
      expect(refusal('invalid-argument', () => new Extension(type, hex(''))).message).toContain(
        String(type),
      )
    }
    refusal('invalid-argument', () => new Extension(1, [1] as never))
  })

  it('survives any order of limits: what a default decoder refuses is not written', () => {
    refusal('invalid-argument', () => write(nested(65)))
    const deep = messagePack({ maxDepth: 512 })
    const bytes = encodedWith(deep, nested(512))
    refusal('too-large', () => read(bytes))
    expect(read(bytes, { depth: 512 })).toStrictEqual(nested(512))
    refusal('too-large', () => read(new Uint8Array(600).fill(0x91), { depth: 100_000 }))
    for (const maxDepth of [0, 513, 1.5])
      refusal('invalid-argument', () => messagePack({ maxDepth }))
  })

  it('elements are counted in all arrays and maps of a value, and anew for the next value', () => {
    const bytes = '92 93 01 02 03 82 01 02 03 04'
    for (let again = 0; again < 3; again++) read(bytes, { elements: 7 })
    const scanner = codec.scanner(limitsWith({ elements: 7 }))
    for (let again = 0; again < 3; again++) {
      expect(scanner.scan(hex(bytes), 0, 10)).toBe(10)
      scanner.reset()
    }
    const error = refusal('too-large', () => read(bytes, { elements: 6 }))
    expect(error.message).toBe(
      'at least 7 elements in one value are over the limit of 6 (elements)',
    )
  })

  it('an array takes memory for the elements that came, not for those that were promised', () => {
    // 60 arrays inside one another promise 16,384 elements each, a million together.
    const limits = limitsWith({ elements: 1_000_000 })
    const bytes = joined([
      ...Array.from({ length: 60 }, () => hex('dd 00 00 40 00')),
      new Uint8Array(20_000).fill(0xc0),
    ])
    const before = process.memoryUsage().heapUsed
    expect(codec.decodePrefix(bytes, 0, bytes.length, true, limits, { at: 0 })).toBe(INCOMPLETE)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024)
  })
})

describe('maps that are read', () => {
  const keyed = (count: number, name = (i: number) => `key${i}`) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), i]))

  it('are plain objects with their keys in order, however many they have', () => {
    for (let count = 0; count <= 40; count++) {
      // Several times: a key is remembered from the second time on.
      for (let round = 0; round < 3; round++) {
        const object = read(encodedWith(codec, keyed(count))) as object
        expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
        expect(object.constructor).toBe(Object)
        expect(Object.entries(object)).toEqual(Object.entries(keyed(count)))
      }
    }
  })

  it('have keys of every length, also where the bytes end right behind them', () => {
    for (let length = 0; length <= 40; length++) {
      const value = { ['k'.repeat(length)]: 1 }
      for (let round = 0; round < 3; round++) {
        const bytes = encodedWith(codec, value)
        expect(read(bytes)).toEqual(value)
        refusal('malformed', () => read(bytes.subarray(0, bytes.length - 1)))
      }
    }
  })

  it('never mix up keys that begin alike, in the one order or the other', () => {
    const orders = [
      ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh'],
      ['abcdefgh', 'abcdefg', 'abcdef', 'abcde', 'abcd', 'abc', 'ab', 'a', ''],
      ['id', 'ie', 'if', 'jd'],
    ]
    for (let round = 0; round < 4; round++) {
      for (const names of orders) {
        const value = Object.fromEntries(names.map((name) => [name, round]))
        expect(Object.entries(read(encodedWith(codec, value)) as object)).toEqual(
          Object.entries(value),
        )
      }
    }
  })

  it('have any keys when thousands of others were read and written before', () => {
    for (let i = 0; i < 3000; i++) {
      const value = { [`x${i}`]: i, same: i, [`é${i % 700}`]: i, __proto_: i }
      const again = read(encodedWith(codec, value))
      if (JSON.stringify(again) !== JSON.stringify(value)) expect(again).toEqual(value)
    }
  })
})

describe('MessagePack extension types', () => {
  class Point {
    readonly x: number
    readonly y: number
    constructor(x: number, y: number) {
      this.x = x
      this.y = y
    }
  }
  const points = messagePack({
    extensions: [
      {
        type: 1,
        matches: (value) => value instanceof Point,
        encode: (point: Point) => encodedWith(points, [point.x, point.y]),
        decode: (data) => {
          const [x, y] = points.decode(data, 0, data.length, true, defaultLimits) as [
            number,
            number,
          ]
          return new Point(x, y)
        },
      },
    ],
  })
  const readPoints = (bytes: Uint8Array, lent = true) =>
    points.decode(bytes, 0, bytes.length, lent, defaultLimits)

  it('carry classes of the application, with the same codec for what is inside', () => {
    const value = { before: 1, points: [new Point(1, 2), new Point(-1, 0.5)], after: 'x' }
    const bytes = encodedWith(points, value)
    const back = readPoints(bytes) as typeof value
    expect(back).toStrictEqual(value)
    expect(back.points[0]).toBeInstanceOf(Point)
  })

  it('come before the built-in rules, and may replace the timestamp', () => {
    const seconds = messagePack({
      extensions: [
        {
          type: -1,
          matches: (value) => value instanceof Date,
          encode: (date: Date) => Uint8Array.of(date.getTime() / 1000),
          decode: (data) => new Date((data[0] as number) * 1000),
        },
      ],
    })
    const bytes = encodedWith(seconds, new Date(5000))
    expect(shown(bytes)).toBe('d4ff05')
    expect(seconds.decode(bytes, 0, 3, true, defaultLimits)).toStrictEqual(new Date(5000))
  })

  it('are refused when they are given twice or are no byte', () => {
    const type = { matches: () => false, encode: () => hex(''), decode: () => 1 }
    refusal('invalid-argument', () =>
      messagePack({
        extensions: [
          { type: 1, ...type },
          { type: 1, ...type },
        ],
      }),
    )
    refusal('invalid-argument', () => messagePack({ extensions: [{ type: 128, ...type }] }))
  })

  it('that throw are invalid-argument when written and malformed when read, with the cause kept', () => {
    const cause = new Error('no')
    const broken = messagePack({
      extensions: [
        {
          type: 3,
          matches: (value) => value instanceof Point,
          encode: () => {
            throw cause
          },
          decode: () => {
            throw cause
          },
        },
        {
          type: 4,
          matches: (v) => v instanceof Set,
          encode: () => 'text' as never,
          decode: () => 1,
        },
      ],
    })
    expect(refusal('invalid-argument', () => encodedWith(broken, new Point(1, 2))).cause).toBe(
      cause,
    )
    refusal('invalid-argument', () => encodedWith(broken, new Set()))
    const bytes = hex('d4 03 00')
    expect(refusal('malformed', () => broken.decode(bytes, 0, 3, true, defaultLimits)).cause).toBe(
      cause,
    )
  })

  it('own the bytes they are given when the memory was lent', () => {
    let kept = hex('')
    const keeping = messagePack({
      extensions: [
        {
          type: 1,
          matches: () => false,
          encode: () => kept,
          decode: (data) => {
            kept = data
          },
        },
      ],
    })
    const bytes = hex('d6 01 01 02 03 04')
    keeping.decode(bytes, 0, 6, true, defaultLimits)
    bytes.fill(0)
    expect(kept).toEqual(hex('01 02 03 04'))
  })
})

describe('MessagePack in the middle of itself', () => {
  it('lets a getter encode into another sink', () => {
    const value = {
      a: 'x'.repeat(100),
      get inner() {
        return encodedWith(codec, { b: ['y'.repeat(70_000)] })
      },
      c: [1, 2, 3],
    }
    const back = read(encodedWith(codec, value)) as { inner: Uint8Array }
    expect(read(back.inner)).toStrictEqual({ b: ['y'.repeat(70_000)] })
    expect(back).toMatchObject({ a: 'x'.repeat(100), c: [1, 2, 3] })
  })

  it('refuses a getter that encodes into the sink being written, also by way of another one', () => {
    for (const inner of [messagePack(), codec]) {
      const out = new ByteSink()
      codec.encode(1, out)
      out.mark()
      const value = {
        before: 'x'.repeat(70_000),
        get again() {
          const other = new ByteSink()
          const deeper = {
            get deeper() {
              return inner.encode(1, out)
            },
          }
          return inner.encode(deeper, other)
        },
      }
      refusal('invalid-argument', () => codec.encode(value, out))
      out.rollback()
      codec.encode(2, out)
      expect(out.take()).toEqual(hex('01 02'))
    }
  })

  it('is ready for the next value after a getter threw', () => {
    const error = new Error('getter')
    const value = {
      get x() {
        throw error
      },
    }
    expect(() => write([1, [2, value]])).toThrow(error)
    expect(write(nested(64))).toBe(write(nested(64)))
    expect(write([1])).toBe('9101')
  })
})

describe('The MessagePack scanner', () => {
  it('knows from headers how much must come', () => {
    const scanner = codec.scanner(defaultLimits)
    expect(scanner.atLeast).toBe(1)
    expect(scanner.scan(hex('db'), 0, 1)).toBe(0)
    expect(scanner.atLeast).toBe(5)
    expect(scanner.scan(hex('db 00 00 10 00'), 0, 5)).toBe(0)
    expect(scanner.atLeast).toBe(5 + 4096)
    scanner.reset()
    expect(scanner.scan(hex('93 01 c6 00 01 00 00'), 0, 7)).toBe(0)
    expect(scanner.atLeast).toBe(7 + 65_536 + 1)
    scanner.reset()
    expect(scanner.scan(hex('de 00 10'), 0, 3)).toBe(0)
    expect(scanner.atLeast).toBe(3 + 32)
    scanner.reset()
    expect(scanner.scan(hex('01'), 0, 1)).toBe(1)
  })

  it('looks at each header once: a long value in single bytes is linear work', () => {
    const bytes = encodedWith(codec, Array(20_000).fill({ a: 1 }))
    const scanner = codec.scanner(defaultLimits)
    let reads = 0
    const counting = new Proxy(bytes, {
      get(target, name) {
        reads++
        return Reflect.get(target, name)
      },
    })
    for (let end = 1; end < bytes.length; end++) {
      if (scanner.scan(counting, 0, end) !== 0) expect.fail(`an end at ${end}`)
    }
    expect(scanner.scan(counting, 0, bytes.length)).toBe(bytes.length)
    expect(reads).toBeLessThan(3 * bytes.length)
  })
})
