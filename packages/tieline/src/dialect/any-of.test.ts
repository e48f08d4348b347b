import { describe, expect, test } from 'vitest'
import { anyOf, HEAD_BYTES, isAnyOf, recognise } from './any-of.js'
import type { Protocol } from './dialect.js'
import { jsonRpc, msgpackRpc, native } from './index.js'

const lines = jsonRpc({ framing: 'lines' })
const headers = jsonRpc({ framing: 'content-length' })
const messages = jsonRpc({ framing: 'message' })
const all = anyOf(msgpackRpc(), lines, headers, native())
const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** The hello of a native client that serves and expects nothing. */
const HELLO = '\0\0\0\x0d\x96\0\xa7tieline\x01\0\xc0\xc0'

/** A protocol told by a text, or by bytes at a place. */
function told(name: string, by: (head: string) => boolean | undefined): Protocol {
  const recognises = (head: Uint8Array) => by(String.fromCharCode(...head))
  return { ...lines, name, recognises }
}

describe('a connection is', () => {
  test.each([
    ['\x94\0\x01', 'msgpack-rpc'],
    ['\x93\x02', 'msgpack-rpc'],
    ['{"jsonrpc"', 'json-rpc'],
    ['  \r\n[', 'json-rpc'],
    ['Content-Length: 5', 'json-rpc'],
    [HELLO, 'native'],
  ])('%j: %s, from the first byte that tells', (text, name) => {
    const answers = Array.from(
      { length: text.length + 1 },
      (_, at) => recognise(all, bytes(text.slice(0, at)), false)?.name,
    )
    const sure = answers.indexOf(name)
    expect(sure).toBeGreaterThan(0)
    expect(answers.slice(0, sure).every((answer) => answer === undefined)).toBe(true)
    expect(answers.slice(sure).every((answer) => answer === name)).toBe(true)
  })

  test.each([
    ['GET / HTTP', '0x47'],
    ['\x01', '0x01'],
    ['\0\0\0\x0d\x96\0\xa7tielinX', '0x00'],
    ['Contents', '0x43'],
  ])('none of them when it begins with %j', (text, byte) => {
    const expected = `the connection begins with byte ${byte}; expected msgpack-rpc, json-rpc, json-rpc or native`
    expect(() => recognise(all, bytes(text), false)).toThrow(expected)
  })

  test('none of them when all that may be seen does not tell', () => {
    expect(recognise(all, bytes(' '.repeat(HEAD_BYTES)), false)).toBeUndefined()
    expect(() => recognise(all, bytes(' '.repeat(HEAD_BYTES)), true)).toThrow('0x20')
    expect(() => recognise(anyOf(messages), bytes(''), true)).toThrow('begins with nothing')
  })

  test('the first of those that it may be, which the others wait for', () => {
    const length = told('length', (head) => (head.length < 5 ? undefined : head[4] === '{'))
    const choice = anyOf(length, lines)
    expect(recognise(choice, bytes('{'), false)).toBeUndefined()
    expect(recognise(choice, bytes('{\0\0\0{'), false)?.name).toBe('length')
    expect(recognise(choice, bytes('{"a":1'), false)?.name).toBe('json-rpc')
    // As no more comes, what is not sure is passed over.
    expect(recognise(choice, bytes('{'), true)?.name).toBe('json-rpc')
    expect(recognise(anyOf(lines, length), bytes('{'), false)?.name).toBe('json-rpc')
  })
})

describe('anyOf', () => {
  test('is told from a protocol, and names its own', () => {
    expect([isAnyOf(all), isAnyOf(lines)]).toEqual([true, false])
    expect(all.name).toBe('msgpack-rpc, json-rpc, json-rpc or native')
    expect(anyOf(lines).name).toBe('json-rpc')
    expect([all.unit, anyOf(messages).unit]).toEqual(['bytes', 'message'])
  })

  test('refuses what cannot be told apart, or cannot share a channel', () => {
    expect(() => anyOf()).toThrow('anyOf needs a protocol')
    const { recognises: _, ...mute } = lines
    expect(() => anyOf(native(), { ...mute, name: 'mute' })).toThrow(
      'anyOf cannot tell mute by its first bytes',
    )
    expect(() => anyOf(native(), messages)).toThrow(
      'anyOf cannot serve native and json-rpc on one channel: of bytes, of message',
    )
  })
})
