import { expect, test } from 'vitest'
import { TielineError } from '../src/errors.js'
import { explain } from './failure.js'

const remote = (code: string, message: string, data?: unknown) =>
  new TielineError(code, message, { origin: 'remote', method: 'hello', endpoint: 'local:a', data })

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
  expect(explain(error).line).toBe(line)
})

test('has what the other side answered as JSON, bytes as well', () => {
  expect(explain(remote('not-found', 'nobody', { name: 'Ada' })).answer).toBe(
    '{"error":{"code":"not-found","message":"nobody","data":{"name":"Ada"}}}',
  )
  expect(explain(remote('a', 'b', new Uint8Array([1]))).answer).toContain('"data":')
})

test('is one line that cannot steer the terminal, whatever the other side says', () => {
  const { line = '' } = explain(
    remote('bad\ncode', 'a\r\nb\u001b[2J', { text: 'x'.repeat(10_000) }),
  )
  expect(line).toMatch(/^hello at local:a answered bad code: a b\\u001b\[2J \{"text":"x+…$/)
  expect(line.length).toBeLessThan(300)
})
