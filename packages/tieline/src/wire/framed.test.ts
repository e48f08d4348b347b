// Framed wires: the shared suite over framers and codecs, and the bytes that foreign programs expect.
import { describe, expect, it } from 'vitest'
import { ByteSink } from '../bytes.js'
import { json } from '../codec/json.js'
import { messagePack } from '../codec/msgpack/index.js'
import { raw } from '../codec/raw.js'
import { contentLength } from '../framing/content-length.js'
import { lengthPrefix } from '../framing/length-prefix.js'
import { lines } from '../framing/lines.js'
import { defaultLimits, limitsWith } from '../limits.js'
import { encodedBy, wireSuite } from '../testing/wire-suite.js'
import { framed } from './framed.js'

const text = new TextEncoder()

const plain: unknown[] = [
  null,
  true,
  0,
  -7,
  1.5,
  'a',
  'ünï→𝄞 漢字 \u0000 end',
  'a text that is longer than what short texts are written by: línea',
  [],
  {},
  [1, [2, [3, ['four']]], { five: null }],
  { id: 123456, name: 'Ada', tags: ['x', 'ÿ'], at: { x: -1.25, y: 1e300 }, ok: false, none: null },
]
const binary: unknown[] = [Uint8Array.of(1, 2, 3), { key: new Uint8Array(40).fill(9), ключ: -1e9 }]
const largeText = [
  'ü'.repeat(100_000),
  { list: Array.from({ length: 20_000 }, (_, i) => `item ${i}`) },
]
const largeBinary = [
  new Uint8Array(200_000).fill(0x5a),
  { head: 1, body: new Uint8Array(50_000), tail: '→' },
]

wireSuite('framed(lengthPrefix(), json())', () => framed(lengthPrefix(), json()), plain, {
  large: largeText,
})

wireSuite(
  "framed(lengthPrefix({ bytes: 4, endian: 'little' }), messagePack())",
  () => framed(lengthPrefix({ endian: 'little' }), messagePack()),
  [...plain, ...binary],
  { large: [...largeText, ...largeBinary] },
)

wireSuite('framed(contentLength(), json())', () => framed(contentLength(), json()), plain, {
  large: largeText,
  around: 30,
})

wireSuite('framed(lines(), json())', () => framed(lines(), json()), plain, { large: largeText })

wireSuite(
  'framed(lengthPrefix({ bytes: 2 }), raw())',
  () => framed(lengthPrefix({ bytes: 2 }), raw()),
  ['a', '→', 'x'.repeat(300)].map((value) => text.encode(value)),
)

describe('a framed wire, byte for byte', () => {
  const hex = (bytes: Uint8Array | undefined) =>
    Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('')

  it('a JSON command behind a little-endian length, as a process manager sends it', () => {
    const wire = framed(lengthPrefix({ endian: 'little' }), json())
    const [bytes] = encodedBy<unknown>(wire, [{ Stop: { name: 'web' } }])
    expect(hex(bytes)).toBe(`17000000${hex(text.encode('{"Stop":{"name":"web"}}'))}`)
  })

  it('a MessagePack answer behind a big-endian length, as a web server sent it', () => {
    const golden =
      '0000006284a56572726f72d9235250432066756e6374696f6e20276e6f706527206e6f7420696d706c656d656e746564' +
      'aa6572726f725f74797065a85270634572726f72aa726571756573745f6964a77265715f315f30a474797065a97270635f6572726f72'
    const value = {
      error: "RPC function 'nope' not implemented",
      error_type: 'RpcError',
      request_id: 'req_1_0',
      type: 'rpc_error',
    }
    const wire = framed(lengthPrefix(), messagePack())
    expect(hex(encodedBy<unknown>(wire, [value])[0])).toBe(golden)
    const seen: unknown[] = []
    const bytes = Uint8Array.from(golden.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
    wire.decoder(defaultLimits).push(bytes, (read, size) => seen.push(read, size))
    expect(seen).toEqual([value, 102])
  })

  it('JSON lines', () => {
    const [first, second] = encodedBy<unknown>(framed(lines(), json()), [{ a: 1 }, 'b\n'])
    expect(new TextDecoder().decode(first)).toBe('{"a":1}\n')
    expect(new TextDecoder().decode(second)).toBe('"b\\n"\n')
  })
})

describe('a framed wire on its way out', () => {
  it('leaves nothing in the sink when a value that cannot be sent is rolled back', () => {
    const wire = framed(lengthPrefix(), raw())
    const out = new ByteSink()
    wire.encode(text.encode('first'), out, defaultLimits)
    const before = out.length
    for (const length of [0, 101, 70_000]) {
      out.mark()
      expect(() =>
        wire.encode(new Uint8Array(length), out, limitsWith({ frameBytes: 100 })),
      ).toThrow()
      out.rollback()
      expect(out.length).toBe(before)
    }
  })

  it('counts the body and not the header for the limit', () => {
    const wire = framed(lengthPrefix(), raw())
    const limits = limitsWith({ frameBytes: 100 })
    const [bytes] = encodedBy(wire, [new Uint8Array(100)], limits)
    expect(bytes?.length).toBe(104)
    expect(() => encodedBy(wire, [new Uint8Array(101)], limits)).toThrow('101 bytes')
  })

  it('refuses raw bytes that would be two lines', () => {
    expect(() => encodedBy(framed(lines(), raw()), [text.encode('a\nb')])).toThrow('line delimiter')
  })
})
