import { expect, test } from 'vitest'
import { TielineError } from '../errors.js'
import { failureOf } from './failure.js'
import { usage } from './usage.js'

const remote = (code: string, message: string, data?: unknown) =>
  new TielineError(code, message, { origin: 'remote', data })
const failure = (error: unknown) => failureOf(error, { program: 'tieline', command: 'call' })

test.each([
  [1, remote('not-found', 'nobody is called Ada')],
  [1, remote('usage', 'a code of its own')],
  [2, usage('this is wrong')],
  [2, new TielineError('invalid-endpoint', 'it has no scheme')],
  [2, new TielineError('invalid-argument', 'it is no number')],
  [2, new TielineError('unsupported', 'there are no streams')],
  [3, new TielineError('connection-refused', 'nobody answers', { origin: 'channel' })],
  [3, new TielineError('version-mismatch', 'too old', { origin: 'protocol' })],
  [3, new TielineError('malformed', 'not native', { origin: 'protocol' })],
  [4, new TielineError('deadline-exceeded', 'hello did not answer')],
  [4, remote('deadline-exceeded', 'the deadline passed')],
  [70, new TypeError('x is not a function')],
])('exits %i for %o', (code, error) => {
  expect(failure(error).code).toBe(code)
})

test('a program has exit codes for codes of its own', () => {
  const exitCodes = { 'invalid-config': 2 }
  const options = { program: 'superctl', exitCodes }
  expect(failureOf(new TielineError('invalid-config', 'no'), options).code).toBe(2)
  expect(failureOf(new TielineError('constructor', 'no'), options).code).toBe(3)
})

test('is one line that cannot steer the terminal', () => {
  expect(failure(remote('bad', 'a\r\nb\u001b[2J')).line).toBe('a b\\u001b[2J')
  expect(failure('why\nnot').line).toBe('a fault of tieline itself: why not')
})

test('adds what was probably meant', () => {
  const guess = { given: 'jsn', among: ['json'], otherwise: 'see --help' }
  expect(failure(usage('no', guess)).line).toBe('no; did you mean json?')
  expect(failure(usage('no', { ...guess, given: 'other' })).line).toBe('no; see --help')
})

test('takes what the program says instead, and keeps the rest', () => {
  const explain = (error: TielineError, command: string | undefined) =>
    error.code === 'unavailable' ? { line: `${command}: ${error.message}\nnow` } : undefined
  const options = { program: 'tieline', command: 'call', explain }
  expect(failureOf(new TielineError('unavailable', 'no'), options)).toEqual({
    code: 3,
    line: 'call: no now',
    answer: '{"error":{"code":"unavailable","message":"no"}}',
  })
  expect(failureOf(new TielineError('internal', 'no'), options).line).toBe('no')
})

test('has the failure as JSON, with the data of what was answered', () => {
  const answer = (error: unknown) => JSON.parse(failure(error).answer)
  expect(answer(remote('not-found', 'nobody', { name: 'Ada' }))).toEqual({
    error: { code: 'not-found', message: 'nobody', data: { name: 'Ada' } },
  })
  const wrong = usage('no', { given: 'a', among: [] })
  expect(answer(wrong)).toEqual({ error: { code: 'usage', message: 'no' } })
  expect(answer(remote('a', 'b', 1n))).toEqual({ error: { code: 'a', message: 'b' } })
  expect(answer(new TypeError('x'))).toEqual({ error: { code: 'fault', message: 'x' } })
})
