// The splice protocol: golden bytes, what is refused, and our two sides with each other.
import { Buffer } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { contract, defaultLimits, implement, stream, type } from 'tieline'
import { encoded } from 'tieline/codec'
import { beforeEach, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../../../../../test/support/at-end.js'
import { until } from '../../bridge.test.helper.js'
import type { RpcFunctions } from '../../rpc/functions.js'
import { type Raw, raw } from '../raw.test.helper.js'
import { type SpliceMessage, spliceWire, TYPES } from './codec.js'
import { connectSplice, type SpliceHost } from './host.js'
import { handshake } from './messages.js'
import { type SpliceServer, serveSplice } from './server.js'

interface GoldenFrame {
  readonly type: SpliceMessage['type']
  readonly fields: readonly unknown[]
  readonly hex: string
}

const golden = (
  JSON.parse(
    readFileSync(
      fileURLToPath(new URL('../../../../../test/golden/zap.json', import.meta.url)),
      'utf8',
    ),
  ) as { readonly splice: readonly GoldenFrame[] }
).splice.map(({ type, fields, hex }) => ({ hex, message: { type, fields: fields.map(withBytes) } }))

/** JSON has no bytes: `{ "bytes": HEX }` stands for them. */
function withBytes(value: unknown): unknown {
  const { bytes } = (value ?? {}) as { readonly bytes?: string }
  return bytes === undefined ? value : new Uint8Array(Buffer.from(bytes, 'hex'))
}

function written(message: SpliceMessage): Buffer {
  const wire = spliceWire()
  const encode = (value: SpliceMessage, out: Parameters<typeof wire.encode>[1]): void =>
    wire.encode(value, out, defaultLimits)
  return Buffer.from(encoded({ encode }, message))
}

function read(...chunks: Uint8Array[]): SpliceMessage[] {
  const found: SpliceMessage[] = []
  const decoder = spliceWire().decoder(defaultLimits)
  for (const chunk of chunks) decoder.push(chunk, (value) => found.push(value))
  decoder.end()
  return found
}

describe('frames of splice', () => {
  it.each(golden)(
    'are written and read as the original does: $message.type',
    ({ message, hex }) => {
      expect(written(message).toString('hex')).toBe(hex)
      expect(read(Buffer.from(hex, 'hex'))).toEqual([message])
    },
  )

  it('are the same messages however they are split', () => {
    const all = Buffer.concat(golden.map(({ hex }) => Buffer.from(hex, 'hex')))
    const expected = golden.map(({ message }) => message)
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 20 }),
        (cuts) => {
          const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), all.length]
          expect(read(...at.slice(1).map((end, index) => all.subarray(at[index], end)))).toEqual(
            expected,
          )
        },
      ),
    )
  })

  it.each([
    [
      'a type that is not the message´s',
      [0, 0, 0, 12, 0x11, ...Buffer.from('\xabListExports', 'latin1')],
    ],
    ['a message that there is none', [0, 0, 0, 4, 0x11, ...Buffer.from('\xa3abc', 'latin1')]],
    ['a name of every object', [0, 0, 0, 12, 0x11, ...Buffer.from('\xabconstructor', 'latin1')]],
    ['two messages in one map', [0, 0, 0, 5, 0x01, 0x82, 0xa1, 0x61, 0x90, 0xa1]],
    ['a number', [0, 0, 0, 1, 0x01, 0x07]],
    ['a length past the limit', [0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('are refused with %s', (_, bytes) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(malformed|too-large)$/) }),
    )
  })
})

const Ticks = contract({
  name: 'ticks',
  version: '1.0',
  methods: { ticks: stream({ input: type<{ count: number }>(), output: type<number>() }) },
})

let at: string
let left = false
let aborted = false

beforeEach(() => {
  const folder = ownFolder()
  at = join(folder, 'splice.sock')
})

async function serving(): Promise<SpliceServer> {
  const functions: RpcFunctions[] = [
    {
      add: (params) => {
        const { a, b } = params as { a: number; b: number }
        return a + b
      },
      never: (_, call) => {
        call.signal.addEventListener('abort', () => {
          aborted = true
        })
        return new Promise(() => {})
      },
    },
    implement(Ticks, {
      async *ticks({ count }) {
        try {
          for (let tick = 0; tick < count; tick++) yield tick
        } finally {
          left = true
        }
      },
    }),
  ]
  const server = await serveSplice(functions, { at })
  atEnd(() => server.close({ withinMs: 0 }))
  return server
}

async function hosting(): Promise<SpliceHost> {
  const host = await connectSplice({ at })
  atEnd(() => host.close())
  return host
}

describe('our host with our functions', () => {
  it('lists them, says which stream, calls them at once and not in turn', async () => {
    await serving()
    const host = await hosting()
    const exports = await host.exports()
    expect(exports.map(({ name, isStreaming }) => [name, isStreaming])).toEqual([
      ['add', false],
      ['never', false],
      ['ticks', true],
    ])
    const never = host.call('never', {}, { timeout: 500 })
    never.catch(() => {})
    expect(await host.call('add', { a: 1, b: 2 })).toBe(3)
    await expect(host.call('nope')).rejects.toMatchObject({ code: 'unknown-method' })
  })

  it('streams, and leaves a stream', async () => {
    await serving()
    const host = await hosting()
    const all: unknown[] = []
    for await (const tick of host.stream('ticks', { count: 100 })) all.push(tick)
    expect(all).toEqual(Array.from({ length: 100 }, (_, tick) => tick))
    left = false
    for await (const tick of host.stream('ticks', { count: 1e9 })) if (tick === 10) break
    await until(() => left)
  })

  it('cancels: the function is told', async () => {
    await serving()
    const host = await hosting()
    aborted = false
    const browser = new AbortController()
    const call = host.call('never', {}, { signal: browser.signal })
    setTimeout(() => browser.abort(), 20)
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    await until(() => aborted)
  })

  it('carries deadlines', async () => {
    await serving()
    const host = await hosting()
    aborted = false
    const late = host.call('never', {}, { timeout: 50 })
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await until(() => aborted)
  })

  it('asks how it is, and says Shutdown when it leaves', async () => {
    const server = await serving()
    const host = await connectSplice({ at })
    const never = host.call('never', {}, { timeout: 500 })
    const late = expect(never).rejects.toMatchObject({ code: 'deadline-exceeded' })
    const { activeRequests, totalRequests } = await host.health()
    expect([activeRequests, totalRequests]).toEqual([1, 1])
    await late
    await host.close()
    await until(() => server.connections === 0)
  })

  it('is at a socket for its owner alone', async () => {
    const server = await serving()
    expect(statSync(server.path).mode & 0o777).toBe(0o600)
  })
})

describe('the functions´ side', () => {
  const speak = async (...messages: SpliceMessage[]): Promise<Raw> => {
    const made = await raw(at)
    atEnd(made.end)
    for (const message of messages) made.socket.write(written(message))
    return made
  }
  const hello = handshake('Host', 1024)
  const invoke = (id: number, name: string): SpliceMessage => ({
    type: 'Invoke',
    fields: [id, name, Uint8Array.of(0x80), 0, [0, 0, [], null]],
  })

  it.each<[string, SpliceMessage[]]>([
    ['anything before the handshake', [{ type: 'ListExports', fields: [] }]],
    ['a second handshake', [hello, hello]],
    ['a worker', [handshake('Worker', 1024)]],
    ['another version', [{ type: 'Handshake', fields: [0x0002_0000, 'Host', 3, 1024] }]],
    ['an answer to nothing', [hello, { type: 'HealthStatus', fields: [1, 1, 1] }]],
    ['an id that is in use', [hello, invoke(1, 'never'), invoke(1, 'never')]],
    ['fields that are missing', [hello, { type: 'Invoke', fields: [1, 'add'] }]],
    [
      'params that are none',
      [hello, { type: 'Invoke', fields: [1, 'add', Uint8Array.of(0xc1), 0, [0, 0, [], null]] }],
    ],
  ])('closes a connection with %s, and no other', async (_, messages) => {
    await serving()
    const host = await hosting()
    const { closed } = await speak(...messages)
    await closed
    expect(await host.call('add', { a: 1, b: 2 })).toBe(3)
  })

  it('acknowledges a cancel, also of what it does not know', async () => {
    await serving()
    const { bytes } = await speak(hello, { type: 'Cancel', fields: [77] })
    await until(() => bytes().includes(written({ type: 'CancelAck', fields: [77] })))
    expect(bytes()[4]).toBe(TYPES.HandshakeAck)
  })
})
