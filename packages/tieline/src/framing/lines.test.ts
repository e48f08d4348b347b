// Lines: the shared suite, the bytes themselves, returns, blank lines and lines without an end.
import { describe, expect, it } from 'vitest'
import { ByteSink } from '../bytes.js'
import { isTielineError } from '../errors.js'
import { limitsWith } from '../limits.js'
import { framerSuite, framesOf } from '../testing/framer-suite.js'
import { evenCuts, feed } from '../testing/splits.js'
import { type LinesOptions, lines } from './lines.js'

const text = new TextEncoder()

framerSuite('lines()', () => lines(), {
  emptyBody: 'skip',
  emptyFrame: text.encode('\n\r\n'),
  pastLimit: (limit) => ['a', '\r', '\0'].map((fill) => text.encode(fill.repeat(limit + 2))),
})

framerSuite(
  'lines, ended by NUL, returns kept, empty ones taken',
  () => lines({ delimiter: '\0', stripReturn: false, emptyBody: 'take' }),
  {
    emptyBody: 'take',
    emptyFrame: text.encode('\0'),
    pastLimit: (limit) => [text.encode('a'.repeat(limit + 1))],
  },
)

framerSuite('lines, empty ones refused', () => lines({ emptyBody: 'refuse' }), {
  emptyBody: 'refuse',
  emptyFrame: text.encode('\n'),
  pastLimit: (limit) => [text.encode('a'.repeat(limit + 2))],
})

/** The lines of a text that comes in pieces of `size` characters, or the code of the error. */
function read(
  input: string,
  size: number,
  options: LinesOptions = {},
  frameBytes = 1000,
): string[] | string {
  const bytes = text.encode(input)
  const decoder = lines(options).decoder(limitsWith({ frameBytes }))
  const seen: string[] = []
  const push = (chunk: Uint8Array) =>
    decoder.push(chunk, (body, start, end) =>
      seen.push(new TextDecoder().decode(body.subarray(start, end))),
    )
  try {
    feed({ push }, bytes, evenCuts(bytes.length, size))
    decoder.end()
  } catch (error) {
    if (!isTielineError(error)) throw error
    return error.code
  }
  return seen
}

describe('lines', () => {
  it.each([1, 2, 3, 5, 100])('strips returns and skips blank lines, in pieces of %i', (size) => {
    expect(read('a\nbc\r\n\r\n\n\nd\r\r\n', size)).toEqual(['a', 'bc', 'd\r'])
    expect(read('a\r\n\n', size, { stripReturn: false })).toEqual(['a\r'])
    expect(read('a;b;', size, { delimiter: ';' })).toEqual(['a', 'b'])
  })

  it.each([1, 2, 3, 5, 100])(
    'counts neither the delimiter nor a return for the limit, in pieces of %i',
    (size) => {
      expect(read('abcd\r\n', size, {}, 4)).toEqual(['abcd'])
      expect(read('abcd\rx\n', size, {}, 4)).toBe('too-large')
      expect(read('abcd\r\r\n', size, {}, 4)).toBe('too-large')
      expect(read('abcde\n', size, {}, 4)).toBe('too-large')
      expect(read('abcd\r\n', size, { stripReturn: false }, 4)).toBe('too-large')
    },
  )

  it.each([1, 2, 3, 5, 100])('refuses a last line without its end, in pieces of %i', (size) => {
    expect(read('a\nb', size)).toBe('malformed')
    expect(read('a\n\r', size)).toBe('malformed')
    expect(read('a\n', size)).toEqual(['a'])
  })

  it('writes the body and the delimiter', () => {
    expect(framesOf(lines(), [text.encode('a'), text.encode('bc')])).toEqual(text.encode('a\nbc\n'))
  })

  it('refuses to send what the other side would read as another line', () => {
    const send = (body: string, options?: LinesOptions) => () =>
      framesOf(lines(options), [text.encode(body)])
    expect(send('a\nb')).toThrow('line delimiter')
    expect(send('a\n')).toThrow('line delimiter')
    expect(send('a\r')).toThrow('carriage return')
    expect(send('a\rb')).not.toThrow()
    expect(send('a\r', { stripReturn: false })).not.toThrow()
    expect(send('a;b', { delimiter: ';' })).toThrow('line delimiter')
    expect(send('a\n', { delimiter: ';' })).not.toThrow()
  })

  it('refuses it also in a body that went to the sink in several pieces', () => {
    const long = (end: string) => text.encode('a'.repeat(20_000) + end)
    const send = (...pieces: Uint8Array[]) => {
      const out = new ByteSink()
      out.append(text.encode('before\n'))
      out.append(long('\n'))
      let bodyBytes = 0
      const head = out.bytes
      const at = out.position
      for (const piece of pieces) {
        out.append(piece)
        bodyBytes += piece.length
      }
      return () => lines().finish(out, head, at, bodyBytes)
    }
    expect(send(long('\nb'), text.encode('c'))).toThrow('line delimiter')
    expect(send(text.encode('c'), long('\nb'), text.encode('c'))).toThrow('line delimiter')
    expect(send(text.encode('c'), long(''), text.encode('\n'))).toThrow('line delimiter')
    expect(send(text.encode('c'), long('\r'))).toThrow('carriage return')
    expect(send(text.encode('c'), long('\r'), text.encode('c'))).not.toThrow()
  })

  it('refuses a delimiter that is not one character below U+0080', () => {
    for (const delimiter of ['', '\r\n', 'é', '€'])
      expect(() => lines({ delimiter })).toThrow('delimiter')
  })

  it('keeps no buffer of its longest line', () => {
    const decoder = lines().decoder(limitsWith())
    const lent: boolean[] = []
    const take = (_bytes: Uint8Array, _start: number, _end: number, isLent: boolean) =>
      lent.push(isLent)
    for (const length of [1000, 40_000, 1000]) {
      decoder.push(new Uint8Array(length).fill(0x61), take)
      decoder.push(text.encode('\n'), take)
    }
    expect(lent).toEqual([true, false, true])
  })
})
