import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonReader, UNUSUAL } from './json-read.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** What a fresh reader makes of a text that stands between others. */
function read(text: string, maxDepth = 64): unknown {
  const [before, inside] = [bytesOf('"{['), bytesOf(text)]
  const bytes = Uint8Array.of(...before, ...inside, ...bytesOf(']}"0'))
  return new JsonReader().read(bytes, before.length, before.length + inside.length, maxDepth)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return UNUSUAL
  }
}

const usual = [
  '{}',
  '[]',
  ' { "a" : [ ] , "b" : { } }\r\n\t',
  '{"jsonrpc":"2.0","method":"say","params":{"id":1,"tags":["a","b"]},"id":1}',
  '[1,-2,30,-0,0,999999999999999,1700000000000,1e3,0.5,-1.25E-2,12345678901234567890,1e999]',
  '[true,false,null]',
  '{"":1,"a":2,"a":3,"1":4,"0":5,"name of more than thirty-one characters":6}',
  '"a text of more than fifteen characters"',
  '7',
]
const unusual = {
  escapes: ['"\\n"', '{"\\u0061":1}'],
  'what is not ASCII': ['"é"', '{"é":1}', '\ufeff1'],
  'names that objects inherit': ['{"__proto__":1}', '{"a":{"toString":1}}', '{"constructor":1}'],
  'what is not JSON': [
    ...[
      '',
      ' ',
      '{',
      '[1',
      '[1,]',
      '[,]',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{,}',
      '{"a" 1}',
      '[1 2]',
    ],
    ...[
      '01',
      '-',
      '+1',
      '.5',
      '1.',
      '1.e1',
      '1e',
      '1e+',
      '--1',
      '0x1',
      '1_0',
      'tru',
      'nul',
      'False',
    ],
    ...[
      '"',
      '"a',
      '"\t"',
      "'a'",
      '{a:1}',
      '1 2',
      '[]]',
      '{}}',
      '[1}',
      '{"a":1]',
      '\u00a01',
      '/**/1',
    ],
  ],
}

describe('The reader of short JSON', () => {
  it.each(usual)('reads %s', (text) => {
    expect(read(text)).toStrictEqual(JSON.parse(text))
    expect(Object.is(read('-0'), -0)).toBe(true)
  })

  it.each(Object.entries(unusual))('leaves %s to JSON.parse', (_, texts) => {
    for (const text of texts) expect(read(text), text).toBe(UNUSUAL)
  })

  it('reads as deep as it may', () => {
    expect(read('[[{"a":1}]]', 3)).toEqual([[{ a: 1 }]])
    expect(read('[[{"a":1}]]', 2)).toBe(UNUSUAL)
    const deep = `${'['.repeat(512)}${']'.repeat(512)}`
    expect(read(deep, 512)).toEqual(JSON.parse(deep))
  })

  it('reads what JSON.parse reads and as it does, or nothing', () => {
    const reader = new JsonReader()
    const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
    const text = fc.oneof(
      value.map((one) => JSON.stringify(one)),
      value.map((one) => JSON.stringify(one, null, 2)),
      fc
        .array(fc.constantFrom(...'{}[]:,"\\ \n01.eE+-tfna', 'true', 'null', '"a"', '"b":'))
        .map((parts) => parts.join('')),
    )
    let count = 0
    fc.assert(
      fc.property(text, (one) => {
        const bytes = bytesOf(one)
        const found = reader.read(bytes, 0, bytes.length, 64)
        if (found === UNUSUAL) return
        count++
        expect(found).toStrictEqual(parsed(one))
        expect(Object.keys(found ?? {})).toEqual(Object.keys((parsed(one) as object) ?? {}))
      }),
      { numRuns: 5000 },
    )
    expect(count).toBeGreaterThan(0)
  })

  it('tries less and less often where the unusual is usual, and again when it is not', () => {
    const reader = new JsonReader()
    const tries = (text: string) => {
      const bytes = bytesOf(text)
      return reader.read(bytes, 0, bytes.length, 64) !== UNUSUAL
    }
    for (let i = 0; i < 1000; i++) tries('"é"')
    let until = 0
    while (!tries('1')) until++
    expect(until).toBeLessThan(256)
    expect(Array.from({ length: 5 }, () => tries('1'))).toEqual(Array(5).fill(true))
  })
})
