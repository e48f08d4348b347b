// One value a message: the shared suite.
import { expect, it } from 'vitest'
import { json } from '../codec/json.js'
import { messagePack } from '../codec/msgpack/index.js'
import { raw } from '../codec/raw.js'
import { encodedBy, wireSuite } from '../testing/wire-suite.js'
import { perMessage } from './per-message.js'

wireSuite('perMessage(json())', () => perMessage(json()), [
  null,
  12,
  'ünï→𝄞',
  [1, [2]],
  { a: { b: 'c'.repeat(30) } },
])

wireSuite('perMessage(messagePack())', () => perMessage(messagePack()), [
  null,
  12,
  'ünï→𝄞',
  { a: { b: 'c'.repeat(30) }, d: new Uint8Array(40).fill(3) },
])

wireSuite('perMessage(raw())', () => perMessage(raw()), [
  Uint8Array.of(0),
  new Uint8Array(70_000).fill(1),
])

it('refuses to send a message without bytes', () => {
  expect(() => encodedBy(perMessage(raw()), [new Uint8Array(0)])).toThrow('without bytes')
})
