import { expect, test } from 'vitest'
import { Extension } from '../src/codec/index.js'
import type { Paint } from '../src/command/terminal.js'
import { oneLine } from '../src/command/text.js'
import { show } from './show.js'

const plain: Paint = (_, text) => text
const shown = (value: unknown, width = 40) => show(value, { width, paint: plain })

test('a text is printed as it is', () => {
  expect(shown('Hello "Ada"\n\tand all')).toBe('Hello "Ada"\n\tand all')
})

test('a text cannot steer the terminal', () => {
  expect(shown('\u001b[2J\u0007\r\u009b\u202e')).toBe('\\u001b[2J\\u0007\\u000d\\u009b\\u202e')
  expect(shown({ '\u001b': '\u009b' })).toBe('{ "\\u001b": "\\u009b" }')
  expect(oneLine('a\r\n b\u001b')).toBe('a b\\u001b')
})

test('what fits is on one line, and is JSON', () => {
  const value = { name: 'Ada', tags: ['a', 'b'], none: null, yes: true, empty: {}, list: [] }
  const text = shown(value, 100)
  expect(text).toBe(
    '{ "name": "Ada", "tags": ["a", "b"], "none": null, "yes": true, "empty": {}, "list": [] }',
  )
  expect(JSON.parse(text)).toEqual(value)
})

test('what does not fit is on several, broken from the outside in', () => {
  expect(
    shown({ name: 'Ada', tags: ['first', 'second'], more: { a: 1, long: 'x'.repeat(25) } }),
  ).toMatchInlineSnapshot(`
      "{
        "name": "Ada",
        "tags": ["first", "second"],
        "more": {
          "a": 1,
          "long": "xxxxxxxxxxxxxxxxxxxxxxxxx"
        }
      }"
    `)
})

test('no line is longer than the width, where something can be broken', () => {
  const value = Array.from({ length: 30 }, (_, index) => ({ index, squares: [index, index ** 2] }))
  for (const line of shown(value).split('\n')) expect(line.length).toBeLessThanOrEqual(40)
})

test('what JSON does not have is short and plain', () => {
  expect(
    shown(
      {
        id: new Uint8Array([0x0e, 0x04, 0x2b]),
        none: new Uint8Array(),
        photo: new Uint8Array(5000),
        when: new Date(0),
        large: 2n ** 63n,
        map: new Map([[1, 'a']]),
        handle: new Extension(0, new Uint8Array([1])),
      },
      40,
    ),
  ).toMatchInlineSnapshot(`
    "{
      "id": <3 bytes 0e042b>,
      "none": <0 bytes>,
      "photo": <5000 bytes 0000000000000000000000000000000000000000000000000000000000000000…>,
      "when": <1970-01-01T00:00:00.000Z>,
      "large": 9223372036854775808,
      "map": { 1 => "a" },
      "handle": <extension 0, 1 byte 01>
    }"
  `)
})

test('nothing is null', () => {
  expect([shown(undefined), shown(null)]).toEqual(['null', 'null'])
})

test('colours take no room', () => {
  const value = { name: 'Ada', age: 36, tags: ['a', 'b'] }
  const width = shown(value, 100).length
  const painted = show(value, { width, paint: (tone, text) => `<${tone}>${text}</>` })
  expect(painted).not.toContain('\n')
  expect(painted.replace(/<\/?\w*>/g, '')).toBe(shown(value, width))
})

test('wide characters count for what they take', () => {
  expect(shown({ a: '挨'.repeat(15) })).toBe(
    `{ "a": "${'挨'.repeat(15)}" }`.replace(/^{ |( })$/g, (each) =>
      each === '{ ' ? '{\n  ' : '\n}',
    ),
  )
  expect(shown({ a: '挨'.repeat(14) })).toBe(`{ "a": "${'挨'.repeat(14)}" }`)
})
