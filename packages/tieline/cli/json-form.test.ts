import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Extension } from '../src/codec/index.js'
import { failureOf } from '../src/command/failure.js'
import { fromJson, jsonLine } from './json-form.js'

test.each([
  ['binary', new Uint8Array([1, 2, 250]), '{"$base64":"AQL6"}'],
  ['a large integer', 2n ** 64n - 1n, '{"$bigint":"18446744073709551615"}'],
  ['no number', Number.NaN, '{"$number":"NaN"}'],
  ['infinity', Number.NEGATIVE_INFINITY, '{"$number":"-Infinity"}'],
  ['minus zero', -0, '{"$number":"-0"}'],
  ['a rounded integer', 2 ** 53, '{"$number":"9007199254740992"}'],
  ['a date', new Date(0), '{"$date":"1970-01-01T00:00:00.000Z"}'],
  [
    'a map',
    new Map<unknown, unknown>([
      [1, 'a'],
      ['b', null],
    ]),
    '{"$map":[[1,"a"],["b",null]]}',
  ],
  ['an extension', new Extension(0, new Uint8Array([7])), '{"$ext":[0,"Bw=="]}'],
])('%s has a form in JSON, both ways', (_, value, text) => {
  expect(jsonLine(value)).toBe(text)
  expect(fromJson(JSON.parse(text))).toEqual(value)
  expect(jsonLine([{ inside: value }])).toBe(`[{"inside":${text}}]`)
})

test('whatever is JSON is written and read as it is, but for the name that is never sent', () => {
  const values = fc
    .jsonValue({ noUnicodeString: false })
    .filter((value) => !JSON.stringify(value).includes('"__proto__"'))
  fc.assert(
    fc.property(values, (value) => {
      const line = jsonLine(value)
      expect(line).not.toContain('\n')
      expect(fromJson(JSON.parse(line))).toEqual(value)
    }),
  )
})

test('a call that answers nothing prints null', () => {
  expect(jsonLine(undefined)).toBe('null')
})

test('an object with other names beside the form is an object', () => {
  expect(fromJson({ $base64: 'AQ==', name: 'a' })).toEqual({ $base64: 'AQ==', name: 'a' })
  expect(fromJson({ $other: 1, $constructor: 2 })).toEqual({ $other: 1, $constructor: 2 })
})

test.each([
  [{ $base64: 'not base64!' }, '$base64 in the JSON must hold base64 in quotes, padded with ='],
  [{ $bigint: 5 }, '$bigint in the JSON must hold an integer in quotes'],
  [{ $date: 'soon' }, '$date in the JSON must hold a date such as "2026-11-21T09:00:00Z"'],
  [{ $map: [[1]] }, '$map in the JSON must hold [[key, value], …]'],
  [{ $ext: [200, ''] }, '$ext in the JSON must hold [type from -128 to 127, "base64"]'],
  [
    { $number: 'many' },
    '$number in the JSON must hold "NaN", "Infinity", "-Infinity" or a whole number in quotes',
  ],
])('refuses %j', (parsed, message) => {
  expect(refusal(parsed)).toBe(message)
})

test('refuses an integer that JSON has rounded, and says how to write it', () => {
  expect(refusal(JSON.parse('9007199254740993'))).toBe(
    '9007199254740992 has lost digits: write integers past 2^53 as {"$bigint": "…"}',
  )
  expect(fromJson(1e300)).toBe(1e300)
})

test('refuses the name __proto__, and nesting past the limit', () => {
  expect(refusal(JSON.parse('{"a": {"__proto__": {}}}'))).toBe(
    'the JSON has the name __proto__, which is never sent',
  )
  expect(refusal(JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`))).toBe(
    'the JSON has more than 64 arrays and objects inside one another',
  )
})

function refusal(parsed: unknown): string {
  try {
    fromJson(parsed)
  } catch (error) {
    return failureOf(error, { program: 'tieline' }).line
  }
  throw new Error('it was accepted')
}

test('a line of JSON cannot steer the terminal, and reads as what it was', () => {
  const value = { '\u009b31m': 'red\u202e \u007f\u0007' }
  const line = jsonLine(value)
  expect(line).toBe('{"\\u009b31m":"red\\u202e \\u007f\\u0007"}')
  expect(JSON.parse(line)).toEqual(value)
})
