import { expect, test } from 'vitest'
import { nearest } from './nearest.js'

const commands = ['call', 'notify', 'listen', 'ping', 'describe', 'serve']

test.each([
  ['cal', 'call'],
  ['lsiten', 'listen'],
  ['notfiy', 'notify'],
  ['desc', 'describe'],
  ['LISTEN', 'listen'],
  ['pong', 'ping'],
])('for %s it is %s', (given, meant) => {
  expect(nearest(given, commands)).toBe(meant)
})

test.each(['', '--', 'list-all', 'xyz', 'subscribe', 'c'])('for %j there is none', (given) => {
  expect(nearest(given, commands)).toBeUndefined()
})

test('takes the nearest of several', () => {
  expect(nearest('--jsn', ['--join', '--json'])).toBe('--json')
})
