import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFault } from './json-fault.js'
import { describeFault } from './json-message.js'

test.each([
  [
    'Ada',
    `the JSON is wrong at character 1: expected a value, found "Ada"; a text is written '"Ada"'`,
  ],
  [
    '{name: "Ada"}',
    `the JSON is wrong at character 2: expected a name in double quotes or '}', found "name: \\"Ada\\"}"; does the shell take the quotes? Put '…' around the JSON`,
  ],
  [
    "{'a': 1}",
    `the JSON is wrong at character 2: expected a name in double quotes or '}', found "'a': 1}"; JSON has double quotes only`,
  ],
  ['[1, 2', "the JSON is wrong at character 6: expected ',' or ']', and it ends there"],
  ['[1,]', 'the JSON is wrong at character 4: expected a value, found "]"'],
  ['{"a" 1}', 'the JSON is wrong at character 6: expected \':\', found "1}"'],
  ['{"a": 1 "b": 2}', `the JSON is wrong at character 9: expected ',' or '}', found "\\"b\\": 2}"`],
  ['"a', 'the JSON is wrong at character 3: expected a closing double quote, and it ends there'],
  [
    '"\\x"',
    'the JSON is wrong at character 2: expected a JSON escape such as \\n or \\u0041, found "\\\\x\\""',
  ],
  ['1 2', 'the JSON is wrong at character 3: expected nothing more, found "2"'],
  [
    '{\n  "a": 1,\n}',
    'the JSON is wrong at line 3, character 1: expected a name in double quotes, found "}"',
  ],
  ['  ', 'the JSON is empty; leave it out, or write null'],
])('%j', (text, message) => {
  expect(describeFault(text, 'the JSON')).toBe(message)
})

test('shows only the beginning of what was found', () => {
  expect(describeFault(`[${'x'.repeat(1000)}`, 'it')?.length).toBeLessThan(200)
  expect(describeFault('x'.repeat(1000), 'it')?.length).toBeLessThan(200)
})

test('finds no fault in what JSON.parse takes', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t'), (text, space) => {
      expect(jsonFault(space + text + space)).toBeUndefined()
    }),
  )
})

test('finds a fault in whatever JSON.parse refuses, and nowhere else', () => {
  const anyText = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\-.e0 \n\u0001tx'))
  fc.assert(
    fc.property(anyText, fc.boolean(), ([text, position, character], replaces) => {
      const at = position % (text.length + 1)
      const broken = text.slice(0, at) + character + text.slice(at + (replaces ? 1 : 0))
      expect(jsonFault(broken) === undefined).toBe(isJson(broken))
    }),
    { numRuns: 2000 },
  )
})

test('a text that is nested however deep is no trouble', () => {
  expect(jsonFault('['.repeat(1_000_000))).toEqual({ at: 1_000_000, expected: 'a value' })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
