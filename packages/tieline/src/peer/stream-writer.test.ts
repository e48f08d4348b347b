import { expect, test } from 'vitest'
import type { Envelope } from '../dialect/envelope.js'
import { settled } from '../testing/fake-clock.js'
import type { Source } from './outcome.js'
import { StreamWriter } from './stream-writer.js'

function aWriter(source: Source, window: number) {
  const sent: unknown[] = []
  const told: unknown[] = []
  const outbox = {
    writable: true,
    waiting: new Set<{ wake(): void }>(),
    send(envelope: Envelope) {
      if (envelope.kind === 'end') sent.push('end')
      if (envelope.kind !== 'item') return 1
      if (envelope.value === 'odd') throw new Error('no form')
      sent.push(envelope.value)
      return 10
    },
    wait: (one: { wake(): void }) => void outbox.waiting.add(one),
    leave: (one: { wake(): void }) => void outbox.waiting.delete(one),
    drained() {
      outbox.writable = true
      for (const one of outbox.waiting) one.wake()
      outbox.waiting.clear()
    },
  }
  const writer = new StreamWriter(source, {
    outbox,
    id: 1,
    from: 'callee',
    window,
    ended: () => told.push('ended'),
    failed: (error, unsendable) => told.push([(error as Error).message, unsendable]),
  })
  return { writer, outbox, sent, told }
}

test('sends while the window lasts, and goes on when more is granted', async () => {
  const { writer, sent, told } = aWriter([1, 2, 3, 4, 5], 25)
  const run = writer.run()
  await settled()
  expect(sent).toEqual([1, 2, 3])
  writer.credit(5)
  await settled()
  expect(sent).toEqual([1, 2, 3])
  writer.credit(21)
  await run
  expect(sent).toEqual([1, 2, 3, 4, 5, 'end'])
  expect(told).toEqual(['ended'])
})

test('sends nothing while the connection takes no more', async () => {
  const { writer, outbox, sent } = aWriter([1, 2], 1000)
  outbox.writable = false
  const run = writer.run()
  await settled()
  expect(sent).toEqual([])
  writer.credit(1000)
  await settled()
  expect(sent).toEqual([])
  outbox.drained()
  await run
  expect(sent).toEqual([1, 2, 'end'])
  expect(outbox.waiting.size).toBe(0)
})

test('keeps an item that was made while others filled the connection', async () => {
  let go = (): void => {}
  const source = (async function* () {
    await new Promise<void>((resolve) => {
      go = resolve
    })
    yield 1
  })()
  const { writer, outbox, sent } = aWriter(source, 1000)
  const run = writer.run()
  await settled()
  outbox.writable = false
  go()
  await settled()
  expect(sent).toEqual([])
  outbox.drained()
  await run
  expect(sent).toEqual([1, 'end'])
})

test('asks the source for nothing that it may not send', async () => {
  let made = 0
  const source = (function* () {
    for (;;) yield made++
  })()
  const { writer, sent } = aWriter(source, 30)
  void writer.run()
  await settled()
  expect([made, sent.length]).toEqual([3, 3])
  writer.stop()
})

test.each(['while it waits for credit', 'while the source makes an item'])(
  'stopped %s, it ends: the source’s finally runs, nothing more is sent',
  async (when) => {
    let left = 0
    let go = (): void => {}
    const source = (async function* () {
      try {
        yield 1
        await new Promise<void>((resolve) => {
          go = resolve
        })
        yield 2
      } finally {
        left++
      }
    })()
    const { writer, sent, told, outbox } = aWriter(source, when.includes('credit') ? 10 : 1000)
    const run = writer.run()
    await settled()
    writer.stop()
    writer.stop()
    go()
    await run
    await settled()
    expect([left, sent, told, outbox.waiting.size]).toEqual([1, [1], [], 0])
  },
)

test('a source that throws, and an item that cannot be sent, are told apart', async () => {
  const throws = (function* () {
    yield 1
    throw new Error('broken')
  })()
  const first = aWriter(throws, 1000)
  await first.writer.run()
  expect([first.sent, first.told]).toEqual([[1], [['broken', false]]])
  let left = 0
  const odd = (function* () {
    try {
      yield 'odd'
    } finally {
      left++
    }
  })()
  const second = aWriter(odd, 1000)
  await second.writer.run()
  expect([second.sent, second.told, left]).toEqual([[], [['no form', true]], 1])
})

test('a source whose return fails is nobody’s failure', async () => {
  for (const fails of [
    () => Promise.reject(new Error('x')),
    () => {
      throw new Error('x')
    },
  ]) {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: fails }),
    } as unknown as Source
    const { writer, told } = aWriter(source, 10)
    void writer.run()
    writer.stop()
    await settled()
    expect(told).toEqual([])
  }
})
