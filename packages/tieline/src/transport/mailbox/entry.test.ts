import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileText, type MailboxMessage, messageFault, parseFile } from './entry.js'

const message = fc.record({
  id: fc.uuid(),
  timestamp: fc.nat(),
  type: fc.constantFrom('request' as const, 'response' as const, 'event' as const),
  method: fc.string(),
  payload: fc.jsonValue(),
})
const textOf = (one: MailboxMessage) => JSON.stringify(one, null, 2).replaceAll('\n', '\n  ')
const read = (text: string) => parseFile(text).entries.map((entry) => entry.message)

describe('a mailbox file', () => {
  it('is read as it was written, each entry with its exact text', () => {
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const texts = messages.map(textOf)
        const { entries, bad, torn } = parseFile(fileText(texts))
        expect(entries.map(({ text }) => text)).toEqual(texts)
        expect([bad, torn]).toEqual([[], false])
      }),
    )
  })

  it('cut off anywhere gives its whole entries and no other', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1 }), fc.nat(), (messages, at) => {
        const text = fileText(messages.map(textOf))
        const cut = at % text.length
        const found = read(text.slice(0, cut))
        expect(found).toEqual(read(text).slice(0, found.length))
      }),
    )
  })

  it('never throws, whatever is in it, and says what it did not take', () => {
    const pieces = fc.array(fc.constantFrom('[', ']', '{', '}', '"', ',', '\\', '\n  {', '1', ' '))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((some) => some.join('')),
        ),
        (text) => {
          const { entries, bad, torn } = parseFile(text)
          expect(entries).toEqual([])
          if (!torn && bad.length === 0) expect(text.replace(/[\s,[\]]/g, '')).toBe('')
        },
      ),
    )
  })

  it('keeps a number of another writer as it stands, beyond what a double holds', () => {
    const text = '{"id":"a","timestamp":1,"type":"event","payload":12345678901234567890}'
    expect(fileText(parseFile(`[${text}]`).entries.map((entry) => entry.text))).toContain(text)
  })

  it('goes on behind an entry whose brackets do not match', () => {
    const good = textOf({ id: 'b', timestamp: 1, type: 'event', payload: null })
    const { entries, bad } = parseFile(`[\n  {"id": "a", "payload": {,\n  ${good}\n]`)
    expect(entries.map((entry) => entry.message.id)).toEqual(['b'])
    expect(bad).toHaveLength(1)
  })

  it('never names a prototype, and is not nested without end', () => {
    const proto =
      '{"id":"a","timestamp":1,"type":"event","payload":{"__proto__":{"x":1},"\\u005f_proto__":1}}'
    expect(Object.keys(read(`[${proto}]`)[0]?.payload as object)).toEqual([])
    const deep = `{"id":"a","timestamp":1,"type":"event","payload":${'['.repeat(1e5)}${']'.repeat(1e5)}}`
    expect(parseFile(`[${deep}]`)).toMatchObject({
      entries: [],
      bad: [{ reason: 'nested deeper than 64' }],
    })
  })

  it('tells why something is no message', () => {
    const good = { id: 'a', timestamp: 1, type: 'event', payload: null }
    expect(messageFault(good)).toBe(undefined)
    expect(messageFault({ ...good, more: 1, reply_to: null })).toBe(undefined)
    expect(messageFault({ ...good, timestamp: 1.5 })).toBe('without a whole-number timestamp')
    expect(messageFault({ ...good, type: 'x' })).toBe('of an unknown type')
    expect(messageFault({ ...good, method: 1 })).toBe('with a method that is not a text')
    expect(messageFault([])).toBe('not an object')
  })
})
