import { expect, test } from 'vitest'
import { TielineError } from '../src/errors.js'
import { failureOf } from './failure.js'
import { usage } from './usage.js'

const remote = (code: string, message: string, data?: unknown) =>
  new TielineError(code, message, { origin: 'remote', method: 'hello', endpoint: 'local:a', data })

test.each([
  [1, remote('not-found', 'nobody is called Ada')],
  [2, usage('this is wrong')],
  [2, new TielineError('invalid-endpoint', 'it has no scheme')],
  [2, new TielineError('unsupported', 'there are no streams')],
  [3, new TielineError('connection-refused', 'nobody answers', { origin: 'channel' })],
  [3, new TielineError('version-mismatch', 'too old', { origin: 'protocol' })],
  [3, new TielineError('malformed', 'not native', { origin: 'protocol' })],
  [4, new TielineError('deadline-exceeded', 'hello did not answer')],
  [4, remote('deadline-exceeded', 'the deadline passed')],
  [70, new TypeError('x is not a function')],
])('exits %i for %o', (code, error) => {
  expect(failureOf(error).code).toBe(code)
})

test.each([
  [remote('not-found', 'nobody'), 'hello at local:a answered not-found: nobody'],
  [
    remote('not-found', 'nobody', { name: 'Ada' }),
    'hello at local:a answered not-found: nobody {"name":"Ada"}',
  ],
  [
    remote('remote-error', 'E117: no', [0, 'E117: no']),
    'hello at local:a answered an error: E117: no',
  ],
  [remote('remote-error', 'no', 'no'), 'hello at local:a answered an error: no'],
  [
    remote('internal', 'internal error'),
    "hello at local:a failed inside the server (internal error); the reason is in the server's log",
  ],
])('tells what the other side answered: %o', (error, line) => {
  expect(failureOf(error).line).toBe(line)
})

test('has what the other side answered as JSON, and nothing for other failures', () => {
  expect(failureOf(remote('not-found', 'nobody', { name: 'Ada' })).answer).toBe(
    '{"error":{"code":"not-found","message":"nobody","data":{"name":"Ada"}}}',
  )
  expect(failureOf(usage('no')).answer).toBeUndefined()
})

test('is one line that cannot steer the terminal, whatever the other side says', () => {
  const { line } = failureOf(remote('bad\ncode', 'a\r\nb\u001b[2J', { text: 'x'.repeat(10_000) }))
  expect(line).toMatch(/^hello at local:a answered bad code: a b\\u001b\[2J \{"text":"x+…$/)
  expect(line.length).toBeLessThan(300)
})

test('adds what was probably meant', () => {
  const guess = { given: 'jsn', among: ['json'], otherwise: 'see --help' }
  expect(failureOf(usage('no', guess)).line).toBe('no; did you mean json?')
  expect(failureOf(usage('no', { ...guess, given: 'other' })).line).toBe('no; see --help')
})
