import { expect, test } from 'vitest'
import { harmless, oneLine } from './text.js'

test('keeps lines and tabs, and escapes what would steer a terminal', () => {
  expect(harmless('a\tb\nc\u001b[2J\u202e')).toBe('a\tb\nc\\u001b[2J\\u202e')
})

test('makes one line of several', () => {
  expect(oneLine('a \r\n  b\nc')).toBe('a b c')
})
