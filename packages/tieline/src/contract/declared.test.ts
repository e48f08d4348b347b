import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { fail, TielineError } from '../errors.js'
import { call } from './contract.js'
import { isDeclared } from './declared.js'

const get = call({
  errors: {
    'not-found': z.object({ key: z.string() }),
    busy: true,
    slow: v.objectAsync({ key: v.string() }),
  },
})
const remote = (code: string, data?: unknown) =>
  new TielineError(code, 'words', { origin: 'remote', method: 'get', data })

test('a declared code with data that fits is a declared error', () => {
  expect(isDeclared(get, remote('not-found', { key: 'k' }))).toBe(true)
  expect(isDeclared(get, remote('busy'))).toBe(true)
  expect(isDeclared(get, fail('busy', 'words'))).toBe(true)
})

test('data that does not fit is not what was declared', () => {
  expect(isDeclared(get, remote('not-found'))).toBe(false)
  expect(isDeclared(get, remote('not-found', { key: 5 }))).toBe(false)
})

test('neither is another code, a code of this side, or what is no error of ours', () => {
  expect(isDeclared(get, remote('gone'))).toBe(false)
  expect(isDeclared(get, remote('constructor'))).toBe(false)
  expect(isDeclared(get, new TielineError('busy', 'local'))).toBe(false)
  expect(isDeclared(get, { code: 'busy', origin: 'remote' })).toBe(false)
  expect(isDeclared(get, undefined)).toBe(false)
})

test('a schema that answers with a promise is told to be of no use here', () => {
  expect(() => isDeclared(get, remote('slow', { key: 5 }))).toThrow(
    'the schema of error slow answers with a promise; isDeclared needs one that does not',
  )
})
