import { expect, it } from 'vitest'
import { asked } from './asked.js'

const schema = asked<{ name: string; action: 'stop' | 'go'; count: number }>({
  name: 'text',
  action: ['stop', 'go'],
  count: 10,
})
const check = (value: unknown) => schema['~standard'].validate(value)

it('takes what is asked for, and drops what is not', () => {
  const value = { name: 'driver', action: 'go', count: 10 }
  expect(check({ ...value, more: 1 })).toEqual({ value })
})

it.each([
  [undefined, []],
  [{ name: 1, action: 'go', count: 1 }, ['name']],
  [{ name: 'a', action: 'kill', count: 1 }, ['action']],
  [{ name: 'a', action: 'go', count: 11 }, ['count']],
  [{ name: 'a', action: 'go', count: -1 }, ['count']],
  [{ name: 'a', action: 'go', count: 1.5 }, ['count']],
])('refuses %j', (value, path) => {
  expect(check(value)).toMatchObject({ issues: [{ path }] })
})
