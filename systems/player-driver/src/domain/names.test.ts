import { expect, it } from 'vitest'
import {
  statusFromName,
  statusName,
  textFieldAt,
  textFieldFromName,
  textFieldName,
  textPlace,
} from './names.js'
import { Status, TextField } from './types.js'

it('names every status and finds it by its name', () => {
  const names = Object.values(Status).map(statusName)
  expect(names).toEqual([
    'stopped',
    'playing',
    'paused',
    'seeking',
    'buffering',
    'error',
    'unknown',
  ])
  expect(names.map(statusFromName)).toEqual(Object.values(Status))
})

it('names every text field and finds it by its name and by its place', () => {
  for (const field of Object.values(TextField)) {
    expect(textFieldFromName(textFieldName(field))).toBe(field)
    expect(textFieldAt(textPlace(field))).toBe(field)
  }
  expect(textFieldName(TextField.CurrentAuthor)).toBe('current_author')
  expect(textPlace(TextField.QueueAuthor)).toEqual({ of: 'queue', key: 'artist' })
})

it.each(['constructor', '__proto__', 'toString', '', 1, null])(
  'knows no status or field %j',
  (name) => {
    expect(() => statusFromName(name)).toThrow(`invalid status: ${name}`)
    expect(() => textFieldFromName(name)).toThrow(`invalid metadata_id: ${name}`)
  },
)
