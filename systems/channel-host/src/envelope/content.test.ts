// Content with the head that is written here is read at once; anything else is looked at by the verifier.
// Both must say the same.
import fc from 'fast-check'
import { Builder, ByteBuffer } from 'flatbuffers'
import { ByteSink } from 'tieline/wire'
import { describe, expect, it } from 'vitest'
import { ENVELOPE_BYTES, ownCopy, readContent } from './content.js'
import * as generated from './generated/channel_host.js'
import type { ContentMessage } from './messages.js'
import { readEnvelope } from './read.js'
import { samples, written } from './samples.test.helper.js'
import { verifyEnvelope } from './verify.js'
import { writeEnvelope } from './write.js'

const kinds = ['MessageToRemote', 'MessageFromRemote'] as const

/** As the verifier and the generated code read it; undefined: it is refused, or is no content. */
function verified(bytes: Uint8Array): ContentMessage | undefined {
  let kind: string | undefined
  try {
    kind = verifyEnvelope(bytes, 0, bytes.length)
  } catch {
    // Refused: that is an answer.
    return undefined
  }
  if (kind !== 'MessageToRemote' && kind !== 'MessageFromRemote') return undefined
  const envelope = generated.Envelope.getRootAsEnvelope(new ByteBuffer(bytes))
  const { MessageToRemote, MessageFromRemote } = generated
  const Content = kind === 'MessageToRemote' ? MessageToRemote : MessageFromRemote
  const body: generated.MessageToRemote = envelope.body(new Content())
  return { kind, channel: body.channel(), content: body.contentArray() ?? new Uint8Array(0) }
}

describe('content', () => {
  it('is read at once only where the verifier reads the same', () => {
    const base = written({ kind: 'MessageToRemote', channel: 0x1234, content: new Uint8Array(40) })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.nat(base.length),
        (changes, cut) => {
          const bytes = base.slice(0, base.length - cut)
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
          const quick = readContent(bytes, 0, bytes.length, true)
          if (quick !== undefined) expect(quick).toEqual(verified(bytes))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('with any one byte of its head changed is read or refused as the verifier says', () => {
    for (const kind of kinds) {
      const base = written({ kind, channel: 7, content: Uint8Array.of(1, 2, 3) })
      for (let at = 0; at < ENVELOPE_BYTES; at++) {
        for (let value = 0; value < 256; value++) {
          const bytes = base.slice()
          bytes[at] = value
          const quick = readContent(bytes, 0, bytes.length, true)
          if (quick !== undefined) expect(quick).toEqual(verified(bytes))
        }
      }
    }
  })

  it('that another program wrote in another order is read all the same', () => {
    const builder = new Builder(64)
    const content = generated.MessageToRemote.createContentVector(builder, [1, 2, 3])
    const body = generated.MessageToRemote.createMessageToRemote(builder, 9, content)
    const type = generated.Body.MessageToRemote
    const envelope = generated.Envelope.createEnvelope(builder, type, body)
    generated.Envelope.finishEnvelopeBuffer(builder, envelope)
    const bytes = builder.asUint8Array().slice()
    expect(readContent(bytes, 0, bytes.length, true)).toBeUndefined()
    const message = { kind: 'MessageToRemote', channel: 9, content: Uint8Array.of(1, 2, 3) }
    expect(readEnvelope(bytes, 0, bytes.length, true)).toEqual(message)
  })

  it('is not taken for anything else', () => {
    for (const message of samples) {
      const bytes = written(message)
      const isContent = message.kind === 'MessageToRemote' || message.kind === 'MessageFromRemote'
      expect(readContent(bytes, 0, bytes.length, true) !== undefined).toBe(isContent)
    }
  })

  it('that is lent is copied when it is written, whatever its length', () => {
    for (const length of [0, 1, 20_000, 32 * 1024, 32 * 1024 + 1, 200_000]) {
      const content = new Uint8Array(length).fill(7)
      const out = new ByteSink()
      writeEnvelope({ kind: 'MessageFromRemote', channel: 1, content, lent: true }, out)
      content.fill(8)
      const bytes = Uint8Array.from(Buffer.concat([out.take() ?? []].flat()))
      const read = readEnvelope(bytes, 0, bytes.length, true)
      const expected = new Uint8Array(length).fill(7)
      expect(Buffer.compare((read as ContentMessage).content, expected)).toBe(0)
    }
  })

  it('that an agent is given lies in memory of its own, from end to end', () => {
    for (const length of [0, 100, 4095, 4096, 20_000]) {
      const bytes = Buffer.from(new Uint8Array(length).fill(5))
      const copy = ownCopy(bytes)
      expect(copy.buffer.byteLength).toBe(length)
      expect(Buffer.compare(copy, bytes)).toBe(0)
      expect(copy.constructor).toBe(Uint8Array)
    }
  })
})
