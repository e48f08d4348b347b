import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { ByteBuffer } from 'flatbuffers'
import { refusedOr } from 'tieline/testing'
import { describe, expect, it } from 'vitest'
import { seeds, target } from './envelope.fuzz.js'
import * as generated from './generated/channel_host.js'
import { BODY, BODY_NAMES } from './layout.js'
import type { Message } from './messages.js'
import { readEnvelope } from './read.js'
import { samples, written } from './samples.test.helper.js'
import { TEXT_BYTES, verifyEnvelope } from './verify.js'

const root = join(import.meta.dirname, '../..')
const read = (bytes: Uint8Array) => readEnvelope(bytes, 0, bytes.length, true)
const refused = (code: string) => expect.objectContaining({ code, origin: 'protocol' })

describe('the schema', () => {
  it('is what the checked-in code was generated from', { timeout: 60_000 }, () => {
    const script = join(root, 'scripts/generate.mjs')
    const { stdout, status } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^current, by flatc version 25\.12\.19/)
    expect(status).toBe(0)
  })

  it('is what the verifier knows of it, field by field', () => {
    const text = readFileSync(join(root, 'schema/channel_host.fbs'), 'utf8').replace(/\/\/.*/g, '')
    const union = /union Body \{([^}]*)\}/.exec(text)?.[1] ?? ''
    expect(union.split(',').map((name) => name.trim())).toEqual(BODY_NAMES)
    const kinds: Record<string, string> = {
      uint8: 'u8',
      PortListenResultCode: 'u8',
      uint16: 'u16',
      uint32: 'u32',
      Close: 'struct16',
      Closed: 'struct16',
      '[uint8]': 'bytes',
    }
    for (const name of BODY_NAMES) {
      const [, fields = ''] = new RegExp(`table ${name} \\{([^}]*)\\}`).exec(text) ?? []
      const found = [...fields.matchAll(/:\s*([^;\s]+);/g)].map(([, type = '']) => type)
      expect([name, found.map((type) => kinds[type] ?? type)]).toEqual([name, BODY[name]])
    }
  })
})

describe('a message', () => {
  it.each(samples)('of kind $kind is read as it was written', (message) => {
    expect(read(written(message))).toEqual(message)
  })

  it('with content is written by hand as the generated code reads it, whatever the length', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('MessageToRemote' as const, 'MessageFromRemote' as const),
        fc.nat(0xffff),
        fc.uint8Array({ maxLength: 40_000 }),
        (kind, channel, content) => {
          const bytes = written({ kind, channel, content })
          const envelope = generated.Envelope.getRootAsEnvelope(new ByteBuffer(bytes))
          const { MessageToRemote, MessageFromRemote } = generated
          const Content = kind === 'MessageToRemote' ? MessageToRemote : MessageFromRemote
          const body: generated.MessageToRemote = envelope.body(new Content())
          expect(generated.Body[envelope.bodyType()]).toBe(kind)
          expect(body.channel()).toBe(channel)
          expect(body.contentArray()).toEqual(content)
          expect(read(bytes)).toEqual({ kind, channel, content })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('of a newer host or agent is told by its number, and nothing of it is read', () => {
    const bytes = written(samples[0] as Message)
    const envelope = generated.Envelope.getRootAsEnvelope(new ByteBuffer(bytes))
    const type = bytes.indexOf(envelope.bodyType(), 8)
    bytes[type] = 200
    expect(verifyEnvelope(bytes, 0, bytes.length)).toBeUndefined()
    expect(read(bytes)).toEqual({ kind: 'Unknown', type: 200 })
  })
})

describe('an error’s message', () => {
  it('is told as far as the other side reads it', () => {
    const message = 'x'.repeat(100_000)
    const failure = { port: 0, userId: '', channel: 0, code: 'c', message }
    const told = read(written({ kind: 'Failure', ...failure }))
    expect(told).toEqual({ kind: 'Failure', ...failure, message: 'x'.repeat(2000) })
  })
})

describe('the verifier', () => {
  it('refuses every message that is cut off anywhere', () => {
    for (const message of samples) {
      const bytes = written(message)
      for (let end = 0; end < bytes.length; end++) {
        const cut = bytes.slice(0, end)
        // Bytes that only fill up to an alignment may be missing.
        let found: Message
        try {
          found = read(cut)
        } catch (error) {
          expect(error).toEqual(refused('malformed'))
          continue
        }
        expect(found).toEqual(message)
      }
    }
  })

  it('refuses an identifier that is not its own', () => {
    for (let at = 4; at < 8; at++) {
      const bytes = written(samples[0] as Message)
      bytes[at] = (bytes[at] as number) ^ 1
      expect(() => read(bytes)).toThrow(/the identifier is not TCH1/)
    }
  })

  it('refuses any offset that leads outside, with each byte set to each extreme', () => {
    for (const message of samples) {
      const whole = written(message)
      for (let at = 0; at < whole.length; at++) {
        for (const value of [0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff]) {
          const bytes = whole.slice()
          bytes[at] = value
          refusedOr(() => read(bytes))
        }
      }
    }
  })

  it('refuses lengths that promise gigabytes without taking memory for them', () => {
    const bytes = written({ kind: 'MessageToRemote', channel: 1, content: new Uint8Array(4) })
    for (const length of [5, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]) {
      new DataView(bytes.buffer).setUint32(48, length, true)
      expect(() => read(bytes)).toThrow(refused('malformed'))
    }
  })

  it('refuses text that is not UTF-8, has no zero at its end, or is past its limit', () => {
    const bytes = written({ kind: 'PortListen', port: 1, userId: 'abc' })
    const at = Buffer.from(bytes).indexOf('abc')
    const with_ = (offset: number, value: number) => {
      const changed = bytes.slice()
      changed[at + offset] = value
      return () => read(changed)
    }
    expect(with_(1, 0xff)).toThrow(/not UTF-8/)
    expect(with_(2, 0xc3)).toThrow(/not UTF-8/)
    expect(with_(3, 1)).toThrow(/does not end with a zero/)
    const long = written({ kind: 'PortListen', port: 1, userId: 'x'.repeat(TEXT_BYTES + 1) })
    expect(() => read(long)).toThrow(refused('too-large'))
    read(written({ kind: 'PortListen', port: 1, userId: 'x'.repeat(TEXT_BYTES) }))
  })

  it('refuses an envelope with nothing in it', () => {
    const bytes = written(samples[0] as Message)
    const type = bytes.indexOf(1, 8)
    bytes[type] = 0
    expect(() => read(bytes)).toThrow(refused('malformed'))
  })

  it('bears bytes of any kind, and seeds changed anywhere', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), target), { numRuns: 300 })
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) })
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(change, { maxLength: 6 }),
        (seed, changes) => {
          const bytes = Uint8Array.from(Buffer.from(seed, 'latin1'))
          for (const { at, value } of changes) bytes[at % bytes.length] = value
          target(bytes)
        },
      ),
      { numRuns: 700 },
    )
  })
})
