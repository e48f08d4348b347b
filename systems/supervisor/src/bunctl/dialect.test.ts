// The original's wire: its golden texts both ways, and its order of replies and events.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { defaultLimits } from 'tieline'
import type { Envelope } from 'tieline/dialect'
import { describe, expect, it } from 'vitest'
import { BunctlDialect, UNREADABLE } from './dialect.js'
import { bunctl, MESSAGE_BYTES } from './protocol.js'

const golden = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../../../test/golden/bunctl.json', import.meta.url)),
    'utf8',
  ),
) as { requests_accepted: string[]; requests_refused: string[]; replies: string[] }

const bytes = (text: string) => new TextEncoder().encode(text)
const parsed = (value: Uint8Array) => JSON.parse(new TextDecoder().decode(value)) as unknown

/** A dialect with what it has written and read so far. */
function side() {
  const dialect = new BunctlDialect()
  const written: unknown[] = []
  const read: Envelope[] = []
  return {
    written,
    read,
    write: (envelope: Envelope) => dialect.write(envelope, (value) => written.push(parsed(value))),
    take: (text: string) => dialect.read(bytes(text), (envelope) => read.push(envelope)),
  }
}

const request = (id: number, method: string, params: unknown, window?: number): Envelope => ({
  kind: 'request',
  id,
  method,
  params,
  window,
  timeout: undefined,
  meta: undefined,
})
const result = (id: number, value: unknown): Envelope => ({ kind: 'result', id, value })
const item = (id: number, value: unknown): Envelope => ({ kind: 'item', id, from: 'callee', value })

describe('a server', () => {
  it.each(golden.requests_accepted)('reads %s', (text) => {
    const server = side()
    server.take(text)
    expect(server.read.at(-1)).toMatchObject({ kind: 'request' })
    expect((server.read.at(-1) as { method: string }).method).not.toBe(UNREADABLE)
  })

  it.each(golden.requests_refused)('answers %j with an error, and goes on', (text) => {
    const server = side()
    server.take(text)
    expect(server.read).toMatchObject([
      { method: UNREADABLE, params: { message: expect.stringMatching(/^Invalid request: /) } },
    ])
    server.write({ kind: 'error', id: 1, error: { code: 'malformed', message: 'why' } })
    server.take('"List"')
    server.write(result(2, []))
    expect(server.written).toEqual([{ Error: { message: 'why' } }, { Data: { data: [] } }])
  })

  it('writes replies in the order of the requests, whichever is ready first', () => {
    const server = side()
    for (const text of ['{"Stop":{"name":"a"}}', '"List"', '{"Start":["b","{}"]}'])
      server.take(text)
    server.write(result(3, 'Started app b'))
    server.write(result(2, ['a']))
    expect(server.written).toEqual([])
    server.write({ kind: 'error', id: 1, error: { code: 'not-found', message: 'App a not found' } })
    expect(server.written).toEqual([
      { Error: { message: 'App a not found' } },
      { Data: { data: ['a'] } },
      { Success: { message: 'Started app b' } },
    ])
  })

  it('writes events between replies, and not before their subscription is confirmed', () => {
    const server = side()
    server.take('"List"')
    server.take('{"Subscribe":{"subscription":{"LogEvents":{"app_name":"web"}}}}')
    expect(server.read[1]).toMatchObject({ params: { kind: 'LogEvents', appName: 'web' } })
    server.write(item(2, { message: 'Subscribed' }))
    server.write(item(2, { event_type: 'one', data: {} }))
    server.write(result(1, []))
    server.take('"List"')
    server.write(item(2, { event_type: 'two', data: {} }))
    server.write(result(3, []))
    expect(server.written).toEqual([
      { Data: { data: [] } },
      { Success: { message: 'Subscribed' } },
      { Event: { event_type: 'one', data: {} } },
      { Event: { event_type: 'two', data: {} } },
      { Data: { data: [] } },
    ])
  })

  it('has one subscription: a new one and an Unsubscribe end the one before', () => {
    const server = side()
    const subscribe = '{"Subscribe":{"subscription":{"AllEvents":{}}}}'
    for (const text of [subscribe, subscribe, '"Unsubscribe"']) server.take(text)
    expect(server.read.map(({ kind }) => kind)).toEqual([
      'request',
      'cancel',
      'request',
      'cancel',
      'request',
    ])
    server.write(result(3, 'Unsubscribed'))
    // None of them waits for a reply that cannot come any more.
    expect(server.written).toHaveLength(3)
    server.write(item(2, { event_type: 'late', data: {} }))
    expect(server.written).toHaveLength(3)
  })

  it('writes the replies of the original, byte for byte', () => {
    const server = side()
    server.take('{"Start":["web","{}"]}')
    server.take('{"Stop":["nope"]}')
    server.take('"List"')
    const texts: string[] = []
    const dialect = new BunctlDialect()
    const write = (envelope: Envelope) =>
      dialect.write(envelope, (value) => texts.push(new TextDecoder().decode(value)))
    for (const text of ['{"Start":["web","{}"]}', '{"Stop":["nope"]}', '"List"']) {
      dialect.read(bytes(text), () => {})
    }
    write(result(1, 'Started app web'))
    write({ kind: 'error', id: 2, error: { code: 'not-found', message: 'App nope not found' } })
    write(result(3, ['web']))
    dialect.read(bytes('{"Subscribe":{"subscription":{"AllEvents":{}}}}'), () => {})
    write(item(4, { message: 'ok' }))
    write(item(4, { event_type: 'process_started', data: { app: 'web', pid: 959 } }))
    expect(texts.filter((text) => golden.replies.includes(text))).toEqual(golden.replies)
  })
})

it('hands on every whole frame, whatever is in it, as exactly one request', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(...golden.requests_accepted, ...golden.requests_refused),
    fc
      .dictionary(fc.constantFrom('Stop', 'Logs', 'Subscribe', '__proto__', 'x'), fc.jsonValue())
      .map((each) => JSON.stringify(each)),
  )
  fc.assert(
    fc.property(fc.array(texts), (all) => {
      const server = side()
      for (const text of all) server.take(text)
      const requests = server.read.filter(({ kind }) => kind === 'request')
      expect(requests).toHaveLength(all.length)
      for (const each of requests) {
        server.write({
          kind: 'error',
          id: (each as { id: number }).id,
          error: { code: 'x', message: 'x' },
        })
      }
      expect(server.written).toHaveLength(all.length)
    }),
  )
})

describe('a client', () => {
  it('writes commands as the original reads them', () => {
    const client = side()
    client.write(request(1, 'Stop', { name: 'web' }))
    client.write(request(2, 'List', undefined))
    client.write(request(3, 'Subscribe', { kind: 'StatusEvents', appName: null }, 1000))
    client.write({ kind: 'cancel', id: 3 })
    client.write({ kind: 'cancel', id: 1 })
    const texts = client.written.map((each) => JSON.stringify(each))
    expect(texts).toEqual([
      '{"Stop":{"name":"web"}}',
      '"List"',
      '{"Subscribe":{"subscription":{"StatusEvents":{"app_name":null}}}}',
      '"Unsubscribe"',
    ])
    for (const text of texts) expect(golden.requests_accepted).toContain(text)
  })

  it('reads the golden replies, each for the request whose turn it is', () => {
    const client = side()
    client.write(request(1, 'Subscribe', { kind: 'AllEvents', appName: null }, 1000))
    client.take('{"Success":{"message":"ok"}}')
    client.write(request(2, 'Start', { name: 'web', config: '{}' }))
    client.write(request(3, 'Stop', { name: 'nope' }))
    client.write(request(4, 'List', undefined))
    for (const text of golden.replies) client.take(text)
    expect(client.read).toEqual([
      item(1, { message: 'ok' }),
      result(2, 'Started app web'),
      { kind: 'error', id: 3, error: { code: 'remote-error', message: 'App nope not found' } },
      result(4, ['web']),
      item(1, { event_type: 'process_started', data: { app: 'web', pid: 959 } }),
    ])
  })

  it('passes over the reply to an Unsubscribe, and events after it', () => {
    const client = side()
    client.write(request(1, 'Subscribe', { kind: 'AllEvents', appName: null }, 1000))
    client.write({ kind: 'cancel', id: 1 })
    client.write(request(2, 'List', undefined))
    client.take('{"Success":{"message":"ok"}}')
    client.take('{"Event":{"event_type":"x","data":{}}}')
    client.take('{"Success":{"message":"Unsubscribed"}}')
    client.take('{"Data":{"data":[]}}')
    expect(client.read.at(-1)).toEqual(result(2, []))
    expect(client.read.filter(({ kind }) => kind === 'item')).toHaveLength(1)
  })

  it('ends the connection for a reply that nothing was asked for, or that cannot be read', () => {
    const client = side()
    client.write(request(1, 'List', undefined))
    client.take('{"Data":{"data":[]}}')
    expect(() => client.take('{"Data":{"data":[]}}')).toThrow('nothing was asked for')
    expect(() => client.take('nonsense')).toThrow('a reply cannot be read')
  })

  it('refuses what the original has not', () => {
    const client = side()
    expect(() => client.write(request(1, 'reload', {}))).toThrow('has no reload')
  })
})

describe('the wire', () => {
  it('refuses a length past 10 MiB from the header alone', () => {
    const decoder = bunctl().wire.decoder({ ...defaultLimits, frameBytes: MESSAGE_BYTES })
    const header = Uint8Array.of(1, 0, 0xa0, 0)
    expect(() => decoder.push(header, () => {})).toThrow('10485761')
  })

  it.each<[string, number[], boolean | undefined]>([
    ['a command', [6, 0, 0, 0, 0x22], true],
    ['an empty frame', [0, 0, 0, 0], true],
    ['an oversize text', [0x47, 0x45, 0x54, 0x20, 0x2f], true],
    ["Tieline's own hello", [0, 0, 0, 14, 0x93], false],
    ['one whose length looks like ours', [0, 0, 1, 0, 0x93], false],
    ['a part of a length', [6, 0, 0], undefined],
  ])('recognises %s by its first bytes', (_, head, known) => {
    expect(bunctl().recognises?.(Uint8Array.from(head))).toBe(known)
  })
})
