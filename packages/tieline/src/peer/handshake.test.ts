import { describe, expect, test } from 'vitest'
import type { Hello } from '../dialect/envelope.js'
import { Handshake } from './handshake.js'

const greeter = (version: string) => ({ name: 'greeter', version })
const hello = (more: Partial<Hello> = {}): Hello => ({
  kind: 'hello',
  major: 1,
  minor: 0,
  serves: undefined,
  expects: undefined,
  ...more,
})
const server = (serves?: ReturnType<typeof greeter>, expects?: ReturnType<typeof greeter>) =>
  new Handshake({ role: 'server', serves, expects })

describe('a handshake', () => {
  test.each([
    ['the same version', '1.2', '1.2'],
    ['a newer minor than is expected', '1.2', '1.9'],
    ['ten is more than nine', '1.9', '1.10'],
    ['what follows the minor version is not looked at', '1.2', '1.2.7-beta'],
  ])('accepts %s', (_, expected, served) => {
    const handshake = server(greeter(served))
    handshake.take(hello({ expects: greeter(expected) }))
    expect(handshake.remote?.expects).toEqual(greeter(expected))
  })

  test.each([
    ['a newer minor than is served', '1.3', '1.2'],
    ['a newer major', '2.0', '1.2'],
    ['an older major', '1.0', '2.0'],
  ])('refuses %s, naming both versions', (_, expected, served) => {
    expect(() => server(greeter(served)).take(hello({ expects: greeter(expected) }))).toThrow(
      `the client expects greeter ${expected}, the server serves greeter ${served}`,
    )
  })

  test('refuses another contract, and none where one is expected', () => {
    const other = { name: 'player', version: '1.0' }
    expect(() => server(greeter('1.0')).take(hello({ expects: other }))).toThrow(
      'the client expects player 1.0, the server serves greeter 1.0',
    )
    expect(() => server().take(hello({ expects: other }))).toThrow(
      'the client expects player 1.0, the server serves no contract',
    )
    expect(() => server(undefined, other).take(hello())).toThrow(
      'the server expects player 1.0, the client serves no contract',
    )
  })

  test('refuses another major version of the dialect; another minor is fine', () => {
    expect(() => server().take(hello({ major: 2, minor: 3 }))).toThrow(
      'the server speaks native 1.0, the client native 2.3',
    )
    expect(() => server().take(hello({ major: 0, minor: 9 }))).toThrow(
      'the server speaks native 1.0, the client native 0.9',
    )
    server().take(hello({ minor: 99 }))
  })

  test.each(['', '1', 'one.two', '1.x', '99999999999.0', '-1.0'])(
    'a version %j is malformed',
    (version) => {
      const served = hello({ serves: greeter(version) })
      expect(() => server(undefined, greeter('1.0')).take(served)).toThrow(
        'must begin with major.minor',
      )
    },
  )

  test('shows no more of a foreign name than fits a line', () => {
    const long = { name: 'x'.repeat(100_000), version: '1.0' }
    const message = (() => {
      try {
        server(greeter('1.0')).take(hello({ expects: long }))
      } catch (error) {
        return (error as Error).message
      }
      return undefined
    })()
    expect(message).toHaveLength(
      'the client expects  1.0, the server serves greeter 1.0'.length + 60,
    )
  })

  test('a second hello is refused, and so is anything before the first but a goaway', () => {
    const handshake = server()
    const before = { kind: 'cancel', id: 1 } as const
    expect(() => handshake.check(before)).toThrow(
      'a cancel came before the hello: the server speaks native 1.0, the client did not say',
    )
    handshake.check({ kind: 'goaway', error: undefined })
    handshake.take(hello())
    handshake.check(before)
    expect(() => handshake.take(hello())).toThrow('a second hello')
  })
})
