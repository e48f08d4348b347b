import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TielineError } from '../errors.js'
import {
  checked,
  checking,
  type Issue,
  issuesLine,
  type Schema,
  shortLine,
  type,
} from './schema.js'

const refuse = (issues: readonly Issue[]) =>
  new TielineError('invalid-argument', issuesLine(issues), { data: { issues } })

function refusal(schema: Schema, value: unknown): TielineError {
  try {
    checked(schema, value, refuse)
  } catch (error) {
    return error as TielineError
  }
  throw new Error('the value was accepted')
}

describe.each([
  ['zod', z.object({ name: z.string(), tags: z.array(z.number()).default([]) })],
  ['valibot', v.object({ name: v.string(), tags: v.optional(v.array(v.number()), []) })],
])('a schema of %s', (_, schema: Schema) => {
  test('answers at once, with its defaults applied', () => {
    expect(checked(schema, { name: 'Ada' }, refuse)).toEqual({ name: 'Ada', tags: [] })
  })

  test('is told in one line, with the path', () => {
    const error = refusal(schema, { name: 'Ada', tags: [1, 'two'] })
    expect(error.message).toMatch(/^tags\.1: Invalid .*expected number/i)
    expect(error.data).toMatchObject({ issues: [{ path: ['tags', 1] }] })
  })

  test('never takes a key named __proto__ over', () => {
    const hostile = JSON.parse('{"name":"Ada","tags":[],"__proto__":{"admin":true}}')
    const value = checked(schema, hostile, refuse) as { admin?: boolean }
    expect(value.admin).toBeUndefined()
    expect(Object.hasOwn(value, '__proto__')).toBe(false)
  })
})

test('an asynchronous schema answers with a promise', async () => {
  const even = v.pipeAsync(
    v.number(),
    v.checkAsync(async (n) => n % 2 === 0, 'must be even'),
  )
  const verdict = checked(even, 2, refuse)
  expect(verdict).toBeInstanceOf(Promise)
  expect(await verdict).toBe(2)
  await expect(checked(even, 3, refuse)).rejects.toThrow('must be even')
})

test('type() accepts anything and is not asked at all', () => {
  expect(checking(type<string>())).toBeUndefined()
  expect(checking(undefined)).toBeUndefined()
  expect(checking(z.string())).toBeDefined()
  expect(checked(type<string>(), 5, refuse)).toBe(5)
})

test('many issues stay one line, and few enough to send', () => {
  const error = refusal(z.array(z.string()), Array(100_000).fill(1))
  expect(error.message).toMatch(/^0: .*; 1: .*; 2: .* \(and more\)$/)
  expect((error.data as { issues: unknown[] }).issues).toHaveLength(16)
})

test('a library that quotes the refused value does not make the line long', () => {
  const error = refusal(v.picklist(['a']), 'x'.repeat(1_000_000))
  expect(error.message.length).toBeLessThan(250)
})

test('texts from outside become one line', () => {
  expect(shortLine('a\r\nb\u0000c\u2028d\te', 100)).toBe('a b c d e')
  expect(shortLine('abcdef', 3)).toBe('abc…')
})
