import { expect, test } from 'vitest'
import { columnsOf, harmless, oneLine } from './text.js'

test('keeps lines and tabs, and escapes what would steer a terminal', () => {
  expect(harmless('a\tb\nc\u001b[2J\u202e')).toBe('a\tb\nc\\u001b[2J\\u202e')
})

test('makes one line of several', () => {
  expect(oneLine('a \r\n  b\nc')).toBe('a b c')
})

test.each([
  ['', 0],
  ['plain', 5],
  ['Müller …', 8],
  ['挨拶', 4],
  ['한글', 4],
  ['Ｆｕｌｌ', 8],
  ['e\u0301', 1],
  ['👍', 2],
  ['𠀋', 2],
])('%j takes %i columns of a terminal', (text, columns) => {
  expect(columnsOf(text)).toBe(columns)
})
