// The file channel with a program that follows the original's algorithm exactly on the other side,
// and each of the original's known faults, which ours must not have.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  at,
  backend,
  type FileChannel,
  type FileChannelOptions,
  fileChannel,
  frontend,
  type MailboxReport,
  type Message,
  respond,
} from '@tieline/file-channel'
import { call, connect, contract, notify, serve } from 'tieline'
import { until } from 'tieline/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'
import { python } from '../support/peer.js'

const python3 = python()
const program = join(import.meta.dirname, '../support/ipckit_peer.py')

let directory: string
const channels: FileChannel[] = []
beforeEach(() => {
  directory = ownFolder()
})
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.close()))
})

async function opened(side: 'backend' | 'frontend', options: FileChannelOptions = {}) {
  const channel = await (side === 'backend' ? backend : frontend)(directory, options)
  channels.push(channel)
  return channel
}

/** The original: each line that it says is a value in JSON. */
class Original extends Command {
  constructor(args: readonly (string | number)[], env: Record<string, string> = {}) {
    super(python3.path, [program, ...args.map(String)], { env })
  }

  heard(word: string): Promise<unknown> {
    return this.said(JSON.stringify(word))
  }

  /** All that it has said when it is over. */
  async values(): Promise<unknown[]> {
    const { out } = await this.ended()
    const lines = out.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line))
  }
}

const payloads = (messages: readonly unknown[]) =>
  messages.filter((one) => typeof one === 'object').map((one) => (one as Message).payload)
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

describe.skipIf(!python3.available)('with an original program on the other side', () => {
  it('asks an original backend: answers, errors, events', async () => {
    await new Original(['backend', directory, 'serve']).heard('ready')
    const channel = await opened('frontend')
    expect(await channel.request('echo', { hello: 'wörld' })).toEqual({ hello: 'wörld' })
    expect(await channel.request('add', { a: 1, b: 2 })).toBe(3)
    await expect(channel.request('fail')).rejects.toMatchObject({
      code: 'remote-error',
      message: 'as you wished',
    })
    expect((await channel.recv()).map(({ method }) => method)).toEqual(['backend_ready'])
  })

  it('answers an original frontend', async () => {
    const channel = await opened('backend')
    void respond(channel, { double: (n) => Number(n) * 2 })
    const [answer] = await new Original(['frontend', directory, 'request', 'double', '21']).values()
    expect(answer).toMatchObject({ type: 'response', payload: 42 })
    const [refusal] = await new Original([
      'frontend',
      directory,
      'request',
      'nothing',
      '{}',
    ]).values()
    expect(refusal).toMatchObject({ payload: null, error: 'no such method: nothing' })
  })

  const Calculator = contract({
    name: 'calculator',
    version: '1.0',
    methods: {
      add: call({ input: z.object({ a: z.number(), b: z.number() }), output: z.number() }),
      fail: call({ input: z.object({}), output: z.null() }),
      note: notify({ input: z.string() }),
    },
  })

  it('serves a contract to an original frontend', async () => {
    const handlers = {
      add: ({ a, b }: { a: number; b: number }) => a + b,
      fail: () => null,
      note() {},
    }
    const options = { at: at(directory, 'backend'), protocol: fileChannel() }
    const server = await serve(Calculator, handlers, options)
    const ask = async (method: string, params: string) =>
      (await new Original(['frontend', directory, 'request', method, params]).values())[0]
    expect(await ask('add', '{"a": 1, "b": 2}')).toMatchObject({ payload: 3 })
    expect(await ask('add', '{"a": "x"}')).toMatchObject({
      payload: null,
      error: expect.any(String),
    })
    await server.close()
  })

  it('calls a contract at an original backend', async () => {
    await new Original(['backend', directory, 'serve']).heard('ready')
    const client = await connect(Calculator, {
      at: at(directory, 'frontend'),
      protocol: fileChannel(),
    })
    expect(await client.add({ a: 20, b: 22 })).toBe(42)
    await expect(client.fail({})).rejects.toMatchObject({
      code: 'remote-error',
      message: 'as you wished',
    })
    await client.$connection.close()
  })
})

describe.skipIf(!python3.available)('faults of the original that ours does not have', () => {
  it('a full file: what an original reader may lose is counted and reported', async () => {
    const reports: MailboxReport[] = []
    // It has written once, so it is known to keep no record.
    await new Original(['frontend', directory, 'burst', 1]).values()
    const channel = await opened('backend', { report: (report) => reports.push(report) })
    for (const n of numbers(130)) await channel.sendEvent('number', n)
    expect(channel.dropped).toBe(30)
    expect(reports.at(-1)).toEqual({ kind: 'dropped', count: 1, total: 30 })
    const original = new Original(['frontend', directory, 'recv', 100, 5])
    expect(payloads(await original.values())).toEqual(numbers(130).slice(30))
  })

  it('a full file: between two of ours the writer is told, and nothing is dropped', async () => {
    const reader = await opened('frontend')
    await reader.recv()
    const writer = await opened('backend', { sendTimeout: 50 })
    for (const n of numbers(100)) await writer.sendEvent('number', n)
    await expect(writer.sendEvent('number', 100)).rejects.toMatchObject({
      code: 'resource-exhausted',
      message: expect.stringContaining('100 messages'),
    })
    expect(payloads(await reader.recv())).toEqual(numbers(100))
    await writer.sendEvent('number', 100)
    expect(payloads(await reader.recv())).toEqual([100])
  })

  it('messages of one millisecond: each is delivered once, in order', async () => {
    const channel = await opened('frontend')
    await channel.recv()
    await new Original(['backend', directory, 'burst', 50], {
      CLOCK_FIXED_MS: '1760000000000',
    }).values()
    expect(payloads(await channel.recv())).toEqual(numbers(50))
    expect(await channel.recv()).toEqual([])
    expect(await channel.recv()).toEqual([])
  })

  it('messages of one millisecond: an original reader gets each of ours once', async () => {
    const original = new Original(['frontend', directory, 'recv', 60, 5])
    await original.heard('ready')
    const channel = await opened('backend')
    await Promise.all(numbers(60).map((n) => channel.sendEvent('number', n)))
    expect(payloads(await original.values())).toEqual(numbers(60))
  })

  it('a clock set back: its message is delivered all the same', async () => {
    const channel = await opened('frontend')
    await channel.recv()
    await new Original(['backend', directory, 'burst', 2]).values()
    expect(await channel.recv()).toHaveLength(2)
    await new Original(['backend', directory, 'burst', 3], { CLOCK_OFFSET_MS: '-3600000' }).values()
    expect(payloads(await channel.recv())).toEqual(numbers(3))
  })

  it('a clock set back: an original reader gets ours, also when the file was emptied', async () => {
    const { machine } = await import('tieline/transport')
    let offset = 0
    const system = { ...machine, now: () => Date.now() + offset }
    const original = new Original(['frontend', directory, 'recv', 4, 5])
    await original.heard('ready')
    const channel = await opened('backend', { system })
    await channel.sendEvent('number', 0)
    await channel.sendEvent('number', 1)
    offset = -3_600_000
    await channel.sendEvent('number', 2)
    await channel.sendEvent('number', 3)
    expect(payloads(await original.values())).toEqual(numbers(4))
  })

  it('a reader that is opened again gets nothing twice', async () => {
    await new Original(['backend', directory, 'burst', 5]).values()
    const first = await opened('frontend')
    expect(await first.recv()).toHaveLength(5)
    await first.close()
    const second = await opened('frontend')
    expect(await second.recv()).toEqual([])
    await new Original(['backend', directory, 'burst', 1]).values()
    expect(await second.recv()).toHaveLength(1)
  })

  it('recvOne leaves the rest of the batch, waitResponse everything but the response', async () => {
    const server = new Original(['backend', directory, 'serve'])
    await server.heard('ready')
    const channel = await opened('frontend')
    const id = await channel.sendRequest('echo', 1)
    await new Original(['backend', directory, 'burst', 3]).values()
    expect((await channel.waitResponse(id)).payload).toBe(1)
    expect((await channel.recvOne())?.method).toBe('backend_ready')
    expect((await channel.recvOne())?.payload).toBe(0)
    expect(payloads(await channel.recv())).toEqual([1, 2])
  })

  it('clear waits for the lock', async () => {
    await new Original(['backend', directory, 'burst', 3]).values()
    const channel = await opened('frontend')
    const lock = join(directory, 'backend_to_frontend.lock')
    writeFileSync(lock, `${process.pid}\n`)
    let cleared: number | undefined
    const clearing = channel.clear().then((count) => {
      cleared = count
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(cleared).toBe(undefined)
    rmSync(lock)
    await clearing
    expect(cleared).toBe(3)
  })

  it('the lock of an original that was killed is recovered', async () => {
    const reports: MailboxReport[] = []
    const original = new Original(['frontend', directory, 'die-with-lock'])
    await original.ended()
    const channel = await opened('frontend', { report: (report) => reports.push(report) })
    const start = performance.now()
    await channel.sendEvent('number', 1)
    // As long as the original itself leaves such a lock alone.
    expect(performance.now() - start).toBeGreaterThan(4000)
    expect(reports).toMatchObject([{ kind: 'recovered', pid: original.pid }])
  })

  const good = (id: string, payload: unknown) =>
    JSON.stringify({ id, timestamp: 1760000000000, type: 'event', method: 'n', payload })
  const bad: Record<string, string> = {
    'a payload that is missing': '{"id": "x", "timestamp": 1, "type": "event"}',
    'a fractional timestamp': '{"id": "x", "timestamp": 1.5, "type": "event", "payload": 1}',
    'an unknown type': '{"id": "x", "timestamp": 1, "type": "what", "payload": 1}',
    'something that is no JSON': '{"id": "x", ',
    'a number': '7',
  }
  for (const [what, entry] of Object.entries(bad)) {
    it(`${what}: set aside and reported; the rest is delivered, and later sends work`, async () => {
      const reports: MailboxReport[] = []
      const path = join(directory, 'backend_to_frontend.json')
      writeFileSync(path, `[\n  ${good('a', 1)},\n  ${entry},\n  ${good('b', 2)}\n]`)
      const channel = await opened('frontend', { report: (report) => reports.push(report) })
      expect(payloads(await channel.recv())).toEqual([1, 2])
      await until('it is reported', () => reports.length > 0)
      expect(reports).toMatchObject([{ kind: 'quarantined', path, count: 1 }])
      const aside = readFileSync(join(directory, 'backend_to_frontend.quarantine'), 'utf8')
      expect(JSON.parse(aside).text).toContain(entry.trim().replace(/,$/, ''))
      await new Original(['backend', directory, 'burst', 1]).values()
      expect(payloads(await channel.recv())).toEqual([0])
      const again = new Original(['frontend', directory, 'recv', 3, 2])
      expect(payloads(await again.values())).toContain(0)
    })
  }

  it('a byte-order mark, white space, unknown fields and nulls are read', async () => {
    const path = join(directory, 'backend_to_frontend.json')
    const channel = await opened('frontend')
    writeFileSync(path, ' \n')
    expect(await channel.recv()).toEqual([])
    const message = { id: 'c', timestamp: 1, type: 'event', payload: 3, reply_to: null, more: [1] }
    writeFileSync(path, `\ufeff[${JSON.stringify(message)}]`)
    expect(payloads(await channel.recv())).toEqual([3])
  })
})
