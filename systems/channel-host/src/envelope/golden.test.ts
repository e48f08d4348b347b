// The original's own bytes, as its builder lays them out: what this package reads of an engine module.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Builder, ByteBuffer } from 'flatbuffers'
import { describe, expect, it } from 'vitest'
import * as schema from './generated/channel_host.js'
import { verifyTable } from './verify.js'

interface Case {
  readonly type: string
  readonly value: Readonly<Record<string, unknown>>
  readonly hex: string
}

const path = join(import.meta.dirname, '../../../../test/golden/fiasco.json')
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly Case[] }

/** Reads a bare table of that type into the names of the schema. */
const READ: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  PortListen: (bytes) => {
    const table = schema.PortListen.getRootAsPortListen(new ByteBuffer(bytes))
    return { port: table.port(), user_id: table.userId() }
  },
  PortListenResult: (bytes) => {
    const table = schema.PortListenResult.getRootAsPortListenResult(new ByteBuffer(bytes))
    return { port: table.port(), user_id: table.userId(), result: table.result() }
  },
  Opened: (bytes) => {
    const table = schema.Opened.getRootAsOpened(new ByteBuffer(bytes))
    return { port: table.port(), user_id: table.userId(), channel: table.channel() }
  },
  MessageFromRemote: (bytes) => {
    const table = schema.MessageFromRemote.getRootAsMessageFromRemote(new ByteBuffer(bytes))
    return { channel: table.channel(), content: [...(table.contentArray() ?? [])] }
  },
  MessageToRemote: (bytes) => {
    const table = schema.MessageToRemote.getRootAsMessageToRemote(new ByteBuffer(bytes))
    return { channel: table.channel(), content: [...(table.contentArray() ?? [])] }
  },
  Close: (bytes) => ({ channel: new schema.Close().__init(0, new ByteBuffer(bytes)).channel() }),
  Closed: (bytes) => ({ channel: new schema.Closed().__init(0, new ByteBuffer(bytes)).channel() }),
}

const TABLES = ['PortListen', 'PortListenResult', 'Opened', 'MessageFromRemote', 'MessageToRemote']
type TableName = Parameters<typeof verifyTable>[1]

describe('the original’s bytes', () => {
  it.each(cases)(
    'of a $type pass the verifier and read as what they are',
    ({ type, value, hex }) => {
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
      if (TABLES.includes(type)) verifyTable(bytes, type as TableName)
      else expect(bytes.length).toBe(2)
      expect(READ[type]?.(bytes)).toEqual(value)
    },
  )

  it.each(cases.filter(({ type }) => TABLES.includes(type)))(
    'of a $type are refused when they are cut off',
    ({ type, hex }) => {
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
      // The last bytes of a text are its zero and what fills up; of content, what fills up.
      for (let end = 0; end < bytes.length - 3; end++) {
        expect(() => verifyTable(bytes.slice(0, end), type as TableName)).toThrow(/cannot read/)
      }
    },
  )

  it('a Close and a Closed inside our tables are the same two bytes', () => {
    for (const name of ['Close', 'Closed'] as const) {
      const builder = new Builder()
      const at =
        name === 'Close'
          ? schema.Close.createClose(builder, 50_000)
          : schema.Closed.createClosed(builder, 50_000)
      const bytes = builder.dataBuffer().bytes()
      const found = Buffer.from(bytes.slice(bytes.length - at, bytes.length - at + 2))
      expect(found.toString('hex')).toBe(cases.find(({ type }) => type === name)?.hex)
    }
  })
})
