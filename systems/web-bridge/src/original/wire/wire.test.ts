// The original's wire: golden bytes, both encodings, every split, and what is refused.
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { defaultLimits, type Limits } from 'tieline'
import { encoded } from 'tieline/codec'
import { describe, expect, it } from 'vitest'
import { inJson, inMessagePack } from '../raw.test.helper.js'
import { base64Of, bytesOfBase64 } from './base64.js'
import { FRAME_BYTES, originalWire } from './frames.js'
import { type Message, readMessage } from './messages.js'

const golden = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../../../../test/golden/zap.json', import.meta.url)),
    'utf8',
  ),
) as {
  readonly frames: readonly { readonly value: object; readonly hex: string }[]
  readonly prefixes: readonly { readonly payload_begins_hex: string }[]
}

const limits: Limits = { ...defaultLimits, frameBytes: FRAME_BYTES }

function decoded(...chunks: Uint8Array[]): unknown[] {
  const found: unknown[] = []
  const decoder = originalWire().decoder(limits)
  for (const chunk of chunks) decoder.push(chunk, (value) => found.push(value))
  decoder.end()
  return found
}

const texts = { a: 'b' }
const request = {
  request_id: 'id',
  method: 'GET',
  path: '/a?b=c',
  path_only: '/a',
  query: { b: 'c' },
  params: {},
  headers: texts,
  body: '',
  cookies: {},
}

const MESSAGES: readonly Message[] = [
  { type: 'invoke_handler', handler_id: 'h', request },
  { type: 'handler_response', handler_id: 'h', status: 200, headers: texts, body: 'é' },
  { type: 'error', code: 'X', message: 'm', status: 404, digest: 'd', details: null },
  { type: 'health_check' },
  { type: 'health_check_response' },
  { type: 'stream_start', stream_id: 's', status: 206, headers: texts },
  { type: 'stream_chunk', stream_id: 's', data: 'AAA=' },
  { type: 'stream_end', stream_id: 's' },
  { type: 'ws_connect', connection_id: 'c', handler_id: 'h', path: '/', headers: texts },
  { type: 'ws_message', connection_id: 'c', handler_id: 'h', data: 'd', binary: false },
  { type: 'ws_close', connection_id: 'c', handler_id: 'h', code: 1000, reason: 'r' },
  { type: 'ws_send', connection_id: 'c', data: 'd', binary: true },
]

describe('frames', () => {
  it('of the original are read', () => {
    for (const { value, hex } of golden.frames) {
      expect(decoded(Buffer.from(hex, 'hex'))).toEqual([value])
    }
  })

  it('are written as the original writes them: type first, then the fields in its order', () => {
    const payload = inMessagePack(MESSAGES[0]).subarray(4).toString('hex')
    expect(payload.startsWith(golden.prefixes[0]?.payload_begins_hex as string)).toBe(true)
  })

  it('hold JSON when they begin with a brace, and MessagePack else, from one to the next', () => {
    for (const message of MESSAGES) {
      expect(decoded(inJson(message), inMessagePack(message), inJson(message))).toEqual([
        message,
        message,
        message,
      ])
    }
  })

  it('are written in what was read last, and in MessagePack at first', () => {
    const wire = originalWire()
    const first = (): number | undefined =>
      encoded({ encode: (value, out) => wire.encode(value, out, limits) }, { a: 1 })[4]
    expect(first()).toBe(0x81)
    wire.decoder(limits).push(inJson({}), () => {})
    expect(first()).toBe(0x7b)
    wire.decoder(limits).push(inMessagePack({}), () => {})
    expect(first()).toBe(0x81)
  })

  it('are the same values however they are split', () => {
    const all = Buffer.concat(
      MESSAGES.flatMap((message) => [inJson(message), inMessagePack(message)]),
    )
    const expected = MESSAGES.flatMap((message) => [message, message])
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 40 }),
        (cuts) => {
          const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), all.length]
          const chunks = at.slice(1).map((end, index) => all.subarray(at[index], end))
          expect(decoded(...chunks)).toEqual(expected)
        },
      ),
    )
    expect(decoded(...[...all].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
  })

  // Fault: "Buffer.concat per chunk (quadratic)". 8 MiB in chunks of 1 KiB would be 32 GiB of copying.
  it('of megabytes in small chunks are put together in one place', () => {
    const body = 'x'.repeat(8 * 1024 * 1024)
    const whole = inMessagePack({ body })
    const chunks: Uint8Array[] = []
    for (let at = 0; at < whole.length; at += 1024) chunks.push(whole.subarray(at, at + 1024))
    expect((decoded(...chunks)[0] as { body: string }).body.length).toBe(body.length)
  })

  it.each([
    ['a length past the limit', [0x01, 0x10, 0x00, 0x01], 'too-large'],
    ['the largest length', [0xff, 0xff, 0xff, 0xff], 'too-large'],
    ['HTTP', [...Buffer.from('HTTP')], 'too-large'],
    ['no body', [0, 0, 0, 0], 'malformed'],
  ])('that announce %s are refused from the header alone', (_, head, code) => {
    const decoder = originalWire().decoder(limits)
    expect(() => decoder.push(Uint8Array.from(head), () => {})).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('take the original´s largest when they are told to', () => {
    const decoder = originalWire().decoder({ ...limits, frameBytes: 100 * 1024 * 1024 })
    decoder.push(Uint8Array.of(0x06, 0x40, 0, 0), () => {})
    expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('messages', () => {
  it('are read as they are, and fields that nobody knows are passed over', () => {
    for (const message of MESSAGES) {
      expect(readMessage(message)).toEqual(message)
      expect(readMessage({ ...message, extra: [1, { a: 2 }] })).toEqual(message)
    }
  })

  it('fill in what an error may leave out', () => {
    expect(readMessage({ type: 'error', code: 'X', message: 'm' })).toEqual({
      type: 'error',
      code: 'X',
      message: 'm',
      status: 500,
      digest: '',
      details: null,
    })
  })

  it('of a type that is not known are told from malformed ones', () => {
    for (const type of ['rpc_call', 'x', 'constructor', '__proto__']) {
      expect(readMessage({ type })).toBeUndefined()
    }
  })

  const wrong = [undefined, null, 1, true, [], {}, { a: 1 }, 'x', -1, 1.5, new Uint8Array(1)]
  const lenient = new Set(['status', 'digest', 'details', 'code', 'reason'])

  it('are refused for every field that is missing or of the wrong type', () => {
    for (const message of MESSAGES) {
      for (const [name, right] of Object.entries(message)) {
        for (const value of wrong) {
          const same = typeof value === typeof right && !Array.isArray(value) && value !== null
          if (same || (lenient.has(name) && (value === undefined || value === null))) continue
          if (name === 'type' || name === 'details') continue
          expect(() => readMessage({ ...message, [name]: value })).toThrow(
            expect.objectContaining({ code: 'malformed' }),
          )
        }
      }
    }
  })

  it('are refused when they are none', () => {
    for (const value of [null, 1, 'x', [], [1], new Map([[1, 2]]), new Date(), {}, { type: 1 }]) {
      expect(() => readMessage(value)).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })

  it('never carry __proto__', () => {
    const text =
      '{"type":"ws_connect","connection_id":"c","handler_id":"h","path":"/","headers":{"__proto__":"x","a":"b"}}'
    const [value] = decoded(Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]))
    expect(readMessage(value)).toMatchObject({ headers: { a: 'b' } })
    expect(Object.hasOwn((value as { headers: object }).headers, '__proto__')).toBe(false)
  })
})

describe('base64', () => {
  it('carries all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(new Uint8Array(bytesOfBase64(base64Of(bytes), 'it'))).toEqual(bytes)
      }),
    )
  })

  it.each(['a', 'ab', 'abc', 'a===', 'ab\n=', 'grüß', 'ab=c', '====', 'AAAA '])(
    'is not %j',
    (text) => {
      expect(() => bytesOfBase64(text, 'it')).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      )
    },
  )
})
