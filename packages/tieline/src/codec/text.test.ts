import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe.each(['with Buffer', 'without Buffer', 'in a page'])('Text %s', (where) => {
  const load = async () => {
    if (where === 'in a page') return import('./text-browser.js')
    if (where === 'without Buffer') vi.stubGlobal('Buffer', undefined)
    vi.resetModules()
    return import('./text.js')
  }
  // Characters of one to four bytes, lone surrogates, and lengths on both sides of each fast path.
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
    fc.string({ unit: fc.constantFrom('a', 'é', '\ud83d', '\ude00', '€'), maxLength: 120 }),
    fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  )

  it('is written as TextEncoder writes it', async () => {
    const { textBytes, writeText } = await load()
    fc.assert(
      fc.property(texts, (text) => {
        const expected = new TextEncoder().encode(text)
        expect(textBytes(text)).toBe(expected.length)
        const bytes = new Uint8Array(expected.length + 6).fill(0xc1)
        writeText(bytes, 3, text, expected.length)
        expect(bytes.subarray(3, 3 + expected.length)).toEqual(expected)
        expect(bytes[2]).toBe(0xc1)
        expect(bytes[3 + expected.length]).toBe(0xc1)
      }),
      { numRuns: 1000 },
    )
  })

  it('is written as it is where JSON would not change it, and only there', async () => {
    const { writePlain } = await load()
    const plain = fc.string({
      unit: fc.constantFrom('a', ' ', '\x7f', '[', ']', '!', '#'),
      maxLength: 60,
    })
    const special = fc.constantFrom(
      '',
      '"',
      '\\',
      '\x1f',
      '\n',
      '\0',
      'é',
      '€',
      '\ud83d',
      '\ud83d\ude00',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, special)), (parts) => {
        const text = parts.join('')
        const bytes = new Uint8Array(text.length + 6).fill(0x61)
        const written = writePlain(bytes, new DataView(bytes.buffer), 3, text)
        const asItIs = JSON.stringify(text) === `"${text}"` && /^[\0-\x7f]*$/.test(text)
        expect(written).toBe(asItIs && where !== 'in a page')
        if (written) expect(bytes.subarray(3, -3)).toEqual(new TextEncoder().encode(text))
        expect([...bytes.subarray(0, 3), ...bytes.subarray(-3)]).toEqual(Array(6).fill(0x61))
      }),
      { numRuns: 2000 },
    )
  })

  it('is read as TextDecoder reads it, byte order mark and broken UTF-8 included', async () => {
    const { readText } = await load()
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      texts.map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.of(0xef, 0xbb, 0xbf, ...rest)),
      fc.array(fc.constantFrom(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed)),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        const around = Uint8Array.of(0x80, ...some, 0x80)
        expect(readText(around, 1, some.length)).toBe(decoder.decode(Uint8Array.from(some)))
      }),
      { numRuns: 2000 },
    )
  })

  it('is read at every length', async () => {
    const { readText } = await load()
    const bytes = new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz')
    for (let length = 0; length <= 26; length++) {
      expect(readText(bytes, 0, length)).toBe('abcdefghijklmnopqrstuvwxyz'.slice(0, length))
    }
  })
})
