// Content-Length headers: the shared suite, the bytes themselves, and every header that is refused.
import { describe, expect, it } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { isTielineError, type TielineError } from '../errors.js'
import { defaultLimits, limitsWith } from '../limits.js'
import { framerSuite, framesOf } from '../testing/framer-suite.js'
import { evenCuts, feed } from '../testing/splits.js'
import { contentLength, HEADER_LIMIT_BYTES } from './content-length.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const header = (...lines: string[]) => encoder.encode([...lines, '', ''].join('\r\n'))

const options = {
  pastLimit: (limit: number) => [
    header(`Content-Length: ${limit + 1}`),
    // The rest of the header is not waited for.
    encoder.encode(`Content-Length: ${limit + 1}\r\n`),
    header('Content-Type: x', `content-length:${2 ** 53}`),
    header(`Content-Length: ${'9'.repeat(400)}`),
  ],
  malformed: [
    'GET / HTTP/1.1\r\n',
    '\r\n',
    '\n',
    'Content-Length: 3\n',
    'Content-Length: 3\n\n',
    'Content-Length: 3\r\n\n',
    'Content-Length 3\r\n',
    ': 3\r\n',
    'Content-Type: text\r\n\r\n',
    ...['', ' ', '-1', '+1', '1.0', '1e3', '0x10', '1 2', '3,3', '³', 'three'].map(
      (value) => `Content-Length: ${value}\r\n`,
    ),
    'Content-Length: 3\r\nContent-Length: 3\r\n',
    'Content-Length: 3\r\nX: y\r\ncontent-length: 4\r\n',
    // Names that only look like it.
    'Content\rLength: 3\r\n\r\n',
    'Content-Length : 3\r\n\r\n',
    ' Content-Length: 3\r\n\r\n',
  ].map((text) => encoder.encode(text)),
}

framerSuite('contentLength()', () => contentLength(), {
  ...options,
  emptyBody: 'refuse',
  emptyFrame: header('Content-Length: 0'),
})

framerSuite('contentLength, empty bodies taken', () => contentLength({ emptyBody: 'take' }), {
  ...options,
  emptyBody: 'take',
  emptyFrame: header('Content-Length: 0'),
})

framerSuite('contentLength, empty bodies skipped', () => contentLength({ emptyBody: 'skip' }), {
  ...options,
  emptyBody: 'skip',
  emptyFrame: header('Content-Length: 0'),
})

/** The bodies in the stream, which comes in pieces of `size`. */
function bodiesIn(stream: Uint8Array, size: number): string[] {
  const seen: string[] = []
  const frames = contentLength().decoder(defaultLimits)
  const push = (chunk: Uint8Array) =>
    frames.push(chunk, (bytes, start, end) => seen.push(decoder.decode(bytes.subarray(start, end))))
  feed({ push }, stream, evenCuts(stream.length, size))
  frames.end()
  return seen
}

function refusalOf(stream: Uint8Array, limits = defaultLimits): TielineError {
  try {
    contentLength()
      .decoder(limits)
      .push(stream, () => {})
  } catch (error) {
    if (isTielineError(error)) return error
  }
  return expect.fail('nothing was refused')
}

describe('a Content-Length header on its way out', () => {
  it.each([1, 9, 10, 99, 100, 123_456])('tells %i bytes in digits without padding', (count) => {
    const frame = framesOf(contentLength(), [new Uint8Array(count).fill(0x61)])
    expect(decoder.decode(frame)).toBe(`Content-Length: ${count}\r\n\r\n${'a'.repeat(count)}`)
  })

  it('leaves no gap where slabs end, nor around what is sent by reference', () => {
    for (const size of [1, 100, 20_000, 70_000]) {
      const framer = contentLength()
      const out = new ByteSink()
      let expected = ''
      for (let count = 0; out.length < 300_000; count++) {
        out.room(framer.headerBytes)
        const head = out.bytes
        const at = out.position
        out.position += framer.headerBytes
        // A body of three parts, of which the second may be chained as it is.
        const parts = [count % 7, size, 3].map((length, i) => new Uint8Array(length).fill(0x61 + i))
        const before = out.length
        for (const part of parts) out.append(part)
        const bytes = out.length - before
        framer.finish(out, head, at, bytes)
        expected += `Content-Length: ${bytes}\r\n\r\n${decoder.decode(joined(parts))}`
        expect(out.length).toBe(expected.length)
      }
      expect(decoder.decode(joined(out.take() ?? []))).toBe(expected)
    }
  })

  it('can be rolled back with its frame', () => {
    const framer = contentLength()
    const out = new ByteSink()
    const add = (body: Uint8Array) => {
      out.room(framer.headerBytes)
      const head = out.bytes
      const at = out.position
      out.position += framer.headerBytes
      out.append(body)
      framer.finish(out, head, at, body.length)
    }
    add(encoder.encode('first'))
    out.mark()
    add(new Uint8Array(70_000))
    out.rollback()
    add(encoder.encode('second'))
    expect(decoder.decode(joined(out.take() ?? []))).toBe(
      'Content-Length: 5\r\n\r\nfirstContent-Length: 6\r\n\r\nsecond',
    )
  })
})

describe('a Content-Length header on its way in', () => {
  it.each([
    ['Content-Length: 3'],
    ['content-length: 3'],
    ['CONTENT-LENGTH:3'],
    ['Content-Length: \t 3 \t'],
    ['Content-Length: 0000000000000000000003'],
    ['Content-Length: 3', 'Content-Type: application/vscode-jsonrpc; charset=utf-8'],
    ['Content-Type: application/json', 'Content-Length: 3'],
    ['X-Trace: a:b:c', 'Content-Length: 3', 'Y:'],
  ])('reads %j', (...lines) => {
    const frame = joined([header(...lines), encoder.encode('a\nb')])
    const stream = joined([frame, frame])
    for (const size of [1, 2, 3, 7, stream.length]) {
      expect(bodiesIn(stream, size)).toEqual(['a\nb', 'a\nb'])
    }
  })

  it('may be as long as its limit and no longer, however it comes', () => {
    const padded = (total: number) => {
      const fixed = header('Content-Length: 1', 'X: ').length
      return joined([
        header('Content-Length: 1', `X: ${'x'.repeat(total - fixed)}`),
        encoder.encode('a'),
      ])
    }
    expect(bodiesIn(padded(HEADER_LIMIT_BYTES), 1)).toEqual(['a'])
    expect(bodiesIn(padded(HEADER_LIMIT_BYTES), 10_000)).toEqual(['a'])
    for (const size of [1, 1000, 10_000]) {
      expect(() => bodiesIn(padded(HEADER_LIMIT_BYTES + 1), size)).toThrow('4096')
    }
  })

  it('is refused at its limit when it never ends, in lines or in one', () => {
    for (const text of ['x'.repeat(5000), 'x: y\r\n'.repeat(1000)]) {
      expect(refusalOf(encoder.encode(text)).code).toBe('too-large')
    }
    // Many small pieces: none is searched twice, and the limit counts them together.
    expect(() => bodiesIn(encoder.encode('x'.repeat(5000)), 1)).toThrow('4096')
  })

  it('names what is wrong, and not what came', () => {
    const messages = [...options.malformed].map((bytes) => refusalOf(bytes).message)
    expect([...new Set(messages)]).toMatchInlineSnapshot(`
      [
        "a line of a frame's header is not of the form \`name: value\`",
        "a frame's header has no Content-Length",
        "a line of a frame's header does not end with CR LF",
        "a frame's Content-Length is not a number of bytes",
        "a frame's header tells Content-Length twice",
      ]
    `)
    expect(refusalOf(header('Content-Length: 101'), limitsWith({ frameBytes: 100 })).message).toBe(
      'a frame of 101 bytes was announced; the limit frameBytes is 100',
    )
  })

  it('refuses a length past the limit without allocating for it', () => {
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 1000; i++) refusalOf(header('Content-Length: 999999999'))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })
})

describe('the memory of a body that was cut', () => {
  it('is offered to the channel, and what was read there is not copied', () => {
    const frames = contentLength().decoder(defaultLimits)
    frames.push(header('Content-Length: 100000'), () => {})
    const room = frames.room() as Uint8Array
    expect(room.length).toBe(100_000)
    room.fill(7)
    let taken: Uint8Array | undefined
    frames.push(room, (body, start, end, lent) => {
      expect(lent).toBe(false)
      taken = body.subarray(start, end)
    })
    expect(taken?.buffer).toBe(room.buffer)
    expect(frames.room()).toBeUndefined()
  })
})
