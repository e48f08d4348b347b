import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlainPath } from './paths.js'

test.each([
  '/..',
  '/a/../b',
  '/a/..%2fb',
  '/a/%2E%2e/b',
  '/a/.%2e/b',
  '/a/%2e/b',
  '/a/..\\b',
  '/a/..%5Cb',
  '/a%00b',
  '/%2e%2e?x',
  '/a/%2e%zz',
])('%s is not plain', (path) => {
  expect(isPlainPath(path)).toBe(false)
})

test.each(['/', '/a..b', '/...', '/a%2fb', '/a?x=../..', '/..%252f', '/.well-known/x', '/a%20b'])(
  '%s is plain',
  (path) => {
    expect(isPlainPath(path)).toBe(true)
  },
)

test('whatever is plain never climbs once it is decoded', () => {
  const piece = fc.constantFrom(
    '.',
    '..',
    '%2e',
    '%2E',
    '/',
    '%2f',
    '\\',
    '%5c',
    'a',
    '%00',
    '?',
    '%25',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const url = `/${pieces.join('')}`
      if (!isPlainPath(url)) return
      const path = decodeURIComponent(url.split('?')[0] as string)
      expect(path.split(/[/\\]/)).not.toContain('..')
      expect(path).not.toContain('\0')
    }),
  )
})
