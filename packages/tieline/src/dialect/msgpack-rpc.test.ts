import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { defaultLimits } from '../limits.js'
import { dialectSuite, envelopesOf, frameOf } from '../testing/dialect-suite.js'
import type { Envelope } from './envelope.js'
import { msgpackRpc } from './msgpack-rpc.js'

const MALFORMED = [
  null,
  5,
  'text',
  {},
  [],
  [0],
  [0, 1, 'hello'],
  [0, 1, 'hello', [], 5],
  [0, -1, 'hello', []],
  [0, 1.5, 'hello', []],
  [0, 0x1_0000_0000, 'hello', []],
  [0, '1', 'hello', []],
  [0, null, 'hello', []],
  [0, 1, 5, []],
  [0, 1, 'hello', {}],
  [0, 1, 'hello', null],
  [0, 1, 'hello', 'Ada'],
  [1, 1, null],
  [1, 'x', null, null],
  [2, 'hello'],
  [2, 'hello', [], 5],
  [2, 5, []],
  [2, 'hello', null],
  [3, 1, 'hello', []],
  ['0', 1, 'hello', []],
]

/** Timeouts and metadata stay behind, no params are an empty list, and no answer is nil. */
function bare(envelope: Envelope): Envelope {
  if (envelope.kind === 'request') {
    return { ...envelope, params: envelope.params ?? [], timeout: undefined, meta: undefined }
  }
  if (envelope.kind === 'result') return { ...envelope, value: envelope.value ?? null }
  return envelope.kind === 'notify' ? { ...envelope, meta: undefined } : envelope
}

dialectSuite('MessagePack-RPC', msgpackRpc, {
  malformed: MALFORMED,
  reads: (envelope) => {
    if (envelope.kind !== 'error') return bare(envelope)
    const { message } = envelope.error
    return { ...envelope, error: { code: 'remote-error', message, data: message } }
  },
})

dialectSuite('MessagePack-RPC with errors as maps', () => msgpackRpc({ errors: 'map' }), {
  malformed: MALFORMED,
  reads: bare,
})

describe('MessagePack-RPC', () => {
  const dialect = msgpackRpc().dialect()
  const read = (value: unknown): Envelope | undefined => {
    let found: Envelope | undefined
    dialect.read(value, (envelope) => {
      found = envelope
    })
    return found
  }
  const written = (envelope: Envelope): unknown[] => {
    const values: unknown[] = []
    dialect.write(envelope, (value) => values.push(value))
    return values
  }

  test('params that are no list travel as a list of one, none as an empty one', () => {
    const request = { kind: 'request', id: 1, method: 'm', window: undefined } as const
    const rest = { timeout: undefined, meta: undefined }
    const params = (value: unknown) =>
      (written({ ...request, ...rest, params: value })[0] as unknown[])[3]
    expect(params({ name: 'Ada' })).toEqual([{ name: 'Ada' }])
    expect(params('Ada')).toEqual(['Ada'])
    expect(params([1, 2])).toEqual([1, 2])
    expect(params(undefined)).toEqual([])
    expect(params(null)).toEqual([])
  })

  test.each([
    ['a text', 'no such buffer', 'remote-error', 'no such buffer'],
    [
      'a number and a text, as Neovim has it',
      [0, 'Invalid buffer id: 9'],
      'remote-error',
      'Invalid buffer id: 9',
    ],
    ['a map with a code of its own kind', { code: -32601, message: 'no' }, 'remote-error', 'no'],
    ['a map without a message', { error: 5 }, 'remote-error', '{"error":5}'],
    ['a map with more in it', { code: 'c', message: 'm', extra: 1 }, 'c', 'm'],
    ['a number', 42, 'remote-error', '42'],
    ['a list without a text', [1, 2], 'remote-error', '[1,2]'],
    ['true', true, 'remote-error', 'true'],
  ])('an error that is %s keeps its raw value', (_, raw, code, message) => {
    expect(read([1, 7, raw, null])).toEqual({
      kind: 'error',
      id: 7,
      error: { code, message, data: raw },
    })
  })

  test('a bigint as an error is no reason to fall', () => {
    const error = (read([1, 7, { n: 5n }, null]) as { error: { message: string } }).error
    expect(error.message).toBe('the remote answered an error')
  })

  test('an id of 0 is allowed from others', () => {
    expect(read([0, 0, 'm', []])).toMatchObject({ kind: 'request', id: 0 })
  })
})

interface Golden {
  readonly say: string
  readonly value: unknown
  readonly hex: string
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../test/golden/fsct.json', import.meta.url), 'utf8'),
) as { frames: Golden[] }

describe('the bytes of the player driver, generation 1', () => {
  test.each(golden.frames.map((frame) => [frame.say, frame] as const))(
    '%s',
    (_, { value, hex }) => {
      const protocol = msgpackRpc()
      const [envelope] = envelopesOf(protocol, Buffer.from(hex, 'hex'))
      expect(Buffer.from(frameOf(protocol, envelope as Envelope)).toString('hex')).toBe(hex)
      const sink = new ByteSink()
      protocol.wire.encode(value, sink, defaultLimits)
      expect(Buffer.from(joined(sink.take() ?? [])).toString('hex')).toBe(hex)
    },
  )
})
