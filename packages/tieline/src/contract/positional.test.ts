import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type } from '../service/schema.js'
import { aCall } from '../service/stand-in.test.helper.js'
import { call, contract } from './contract.js'
import { fromPositional, positional, toNamed, toPositional } from './positional.js'

const none = call()
const one = call({ input: type<unknown>() })
const named = call({ input: type<{ id: number; device: unknown }>(), params: ['id', 'device'] })
const array = call({ input: type<unknown[]>(), params: 'array' })

describe('params as an array', () => {
  test.each([
    ['no input', none, undefined, []],
    ['a value', one, 5, [5]],
    ['an array that is one value', one, [1, 2], [[1, 2]]],
    ['null', one, null, [null]],
    ['nothing', one, undefined, []],
    ['declared names', named, { device: 'd', id: 1 }, [1, 'd']],
    ['the array itself', array, [1, 2], [1, 2]],
    ['an empty array itself', array, [], []],
  ])('%s, and back', (_, method, input, params) => {
    expect(toPositional(method, input)).toEqual(params)
    expect(fromPositional(method, params)).toEqual(input)
  })

  test('a field that is absent travels as null', () => {
    expect(toPositional(named, { id: 1 })).toEqual([1, null])
    expect(toPositional(named, { id: 1, device: undefined })).toEqual([1, null])
  })

  test('whatever value it is, one param comes back as it went', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(fromPositional(one, toPositional(one, value))).toEqual(value)
      }),
    )
  })

  test.each([
    [
      'a field without a place',
      { id: 1, device: 2, more: 3 },
      'no param is named more: id, device',
    ],
    ['no object', 5, 'the params must be an object with id, device'],
    ['null', null, 'the params must be an object with id, device'],
  ])('%s has no such form', (_, input, message) => {
    expect(() => toPositional(named, input)).toThrow(message)
  })

  test('fields that were inherited are not the caller’s', () => {
    const fields = Object.create({ device: 'inherited' }, { id: { value: 1, enumerable: true } })
    expect(toPositional(named, fields)).toEqual([1, null])
  })
})

describe('params by name', () => {
  test.each([
    ['no input', none, undefined, undefined],
    ['an object', one, { a: 1 }, { a: 1 }],
    ['declared names', named, { device: 'd', id: 1 }, { device: 'd', id: 1 }],
    ['a value', one, 5, [5]],
    ['a text', one, 'text', ['text']],
    ['null', one, null, [null]],
    ['an array that is one value', one, [1, 2], [[1, 2]]],
    ['an array in an array', one, [[]], [[[]]]],
    ['nothing', one, undefined, []],
    ['the array itself', array, [1, 2], [1, 2]],
  ])('%s, and back', (_, method, input, params) => {
    expect(toNamed(method, input)).toEqual(params)
    expect(fromPositional(method, params)).toEqual(input)
  })

  test('whatever value it is, one param comes back as it went', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(fromPositional(one, toNamed(one, value))).toEqual(value)
      }),
    )
  })

  test('what is neither an object nor declared has no such form', () => {
    expect(() => toNamed(named, 5)).toThrow('the params must be an object with id, device')
    expect(() => toNamed(array, { a: 1 })).toThrow('the params must be an array')
  })
})

describe('a wrong count is refused', () => {
  test.each([
    [none, [1], 'params not expected'],
    [one, [1, 2], 'expected 1 param'],
    [named, [1], 'expected 2 param(s): id, device'],
    [named, [1, 2, 3], 'expected 2 param(s): id, device'],
  ])('with what was expected', (method, params, message) => {
    expect(() => fromPositional(method, params)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message, crosses: true }),
    )
  })
})

test('what is no array is taken as it is: some peers write params by name', () => {
  expect(fromPositional(named, { id: 1 })).toEqual({ id: 1 })
})

test('the layer maps the params of declared methods only', () => {
  const Devices = contract({ name: 'devices', version: '1.0', methods: { assign: named } })
  const service = positional(Devices)((seen) => seen.params)
  expect(service(aCall({ method: 'assign', params: [1, 'd'] }))).toEqual({ id: 1, device: 'd' })
  expect(service(aCall({ method: 'assign', params: { id: 1 } }))).toEqual({ id: 1 })
  expect(service(aCall({ method: 'other', params: [1] }))).toEqual([1])
})

test('the layer hands no params on as undefined', () => {
  const Devices = contract({ name: 'devices', version: '1.0', methods: { none, one } })
  const service = positional(Devices)((seen) => seen.params)
  expect(service(aCall({ method: 'none', params: [] }))).toBeUndefined()
  expect(service(aCall({ method: 'one', params: [] }))).toBeUndefined()
})
