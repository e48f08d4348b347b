import { expect, it } from 'vitest'
import { appId } from './app-id.js'

it.each([
  ['web', 'web'],
  ['  Web Server! ', 'web-server'],
  ['a/b\\c', 'a-b-c'],
  ['-x-', 'x'],
  ['Ünï', 'n'],
  ['v1.2_b', 'v1.2_b'],
])('makes of the name %j the id %j', (name, id) => {
  expect(appId(name)).toBe(id)
})

it.each([
  ['nothing but blanks', '   '],
  ['nothing that can stay', '///'],
  ['NUL (row 34)', 'a\0b'],
  ['a newline (row 34)', 'a\nb'],
  ['two dots (row 34)', '../etc/passwd'],
  ['a dot alone', '.'],
  ['101 characters', 'x'.repeat(101)],
])('refuses a name with %s', (_, name) => {
  expect(() => appId(name)).toThrow(/^Invalid config: the name/)
})
