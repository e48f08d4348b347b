// The native protocol and Python: a client of 150 lines, written from docs/native-protocol.md alone
// with nothing but `socket` and `msgpack`, says and hears everything that the page describes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Duration, type Server, serve } from 'tieline'
import type { CallFinishedEvent } from 'tieline/peer'
import { describe, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { answer, run } from '../support/command.js'
import { python } from '../support/peer.js'
import { handlers, Proof, Python } from './native-python/proof.js'

const python3 = python('msgpack')
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Runs one check of checks.py against a server of its own. */
async function check(name: string, heartbeat?: Duration) {
  const folder = ownFolder()
  const path = join(folder, 'proof.sock')
  const finished: CallFinishedEvent[] = []
  const server: Server = await serve(
    Proof,
    handlers(() => server),
    {
      at: `unix:${path}`,
      expects: Python,
      ...(heartbeat && { heartbeat }),
      observe: {
        finished: (event) => finished.push(event),
      },
    },
  )
  atEnd(() => server.close())
  return { seen: await checked(name, path), finished, server }
}

/** What one check of checks.py has seen. */
async function checked(...args: string[]): Promise<unknown> {
  const env = { PYTHONDONTWRITEBYTECODE: '1' }
  return answer(await run(python3.path, [file('native-python/checks.py'), ...args], { env }))
}

describe.skipIf(!python3.available)('a native client in Python', () => {
  test('is at most 150 lines of nothing but socket and msgpack', async () => {
    const source = await readFile(file('native-python/tieline_native.py'), 'utf8')
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
    const imports = source.match(/^(import|from) .*$/gm)
    expect(imports).toEqual(['import socket', 'from collections import deque', 'import msgpack'])
  })

  test('packs every golden frame to the same bytes', async () => {
    const path = file('../golden/native.json')
    const { frames } = JSON.parse(await readFile(path, 'utf8')) as { frames: unknown[] }
    expect(await checked('golden', path)).toEqual({ frames: frames.length, wrong: [] })
  })

  test('hears what the server serves and expects', async () => {
    const { seen } = await check('hello')
    expect(seen).toEqual({
      hello: ['tieline', 1, 0, ['proof', '1.2'], ['python', '1.0']],
      echo: 'hi',
    })
  })

  test('is refused with both versions named, before any handler runs', async () => {
    const { seen, finished } = await check('refusals')
    const mismatch = (message: string) => ['version-mismatch', message]
    expect(seen).toEqual([
      mismatch('the client expects proof 2.0, the server serves proof 1.2'),
      mismatch('the client expects proof 1.3, the server serves proof 1.2'),
      mismatch('the client expects other 1.2, the server serves proof 1.2'),
      mismatch('the server expects python 1.0, the client serves python 2.0'),
      mismatch('the server expects python 1.0, the client serves no contract'),
      mismatch('the server speaks native 1.0, the client native 2.0'),
      'newer minor',
    ])
    expect(finished).toHaveLength(1)
  })

  test('that breaks a rule is told which, and cut off', async () => {
    const { seen } = await check('broken_rules')
    expect(seen).toEqual([
      ['malformed', 'a second hello came on the same connection'],
      ['malformed', 'a native frame cannot begin with 16'],
      ['too-large', 'a frame of 16777217 bytes was announced; the limit frameBytes is 16777216'],
      ['malformed', 'call id 1 is already in use on this connection'],
      ['malformed', 'the items of doubled ran past the window that was granted'],
    ])
  })

  test('calls: values, binary, metadata, deadlines, many at once, out of order', async () => {
    const { seen } = await check('calls')
    expect(seen).toEqual({
      values: [true, true, true, true, true, true],
      '1 MiB': true,
      nothing: null,
      meta: { trace: 'abc' },
      timeout: true,
      '500 at once': true,
      'out of order': [0, false, 30],
      'unknown element': 'known',
    })
  })

  test('hears errors with their code, message and data, and no more', async () => {
    const { seen } = await check('errors')
    expect(seen).toEqual([
      ['no-such-song', 'there is no song 7', { id: 7 }],
      ['internal', 'internal error'],
      ['unknown-method', 'unknown method: nope'],
      ['unknown-method', 'unknown method: __proto__'],
      [
        'invalid-argument',
        expect.stringContaining('invalid params of add: b: '),
        expect.anything(),
      ],
      ['deadline-exceeded', 'wait did not finish before its deadline'],
      ['invalid-argument', 'numbers is a stream, not a call'],
      ['invalid-argument', 'echo is a call, not a stream'],
    ])
  })

  test('notifies, in order', async () => {
    const { seen } = await check('notifications')
    const numbers = Array.from({ length: 1000 }, (_, n) => n)
    expect(seen).toEqual([...numbers, ['with metadata', { trace: 'abc' }]])
  })

  test('reads streams, as far ahead as it grants', async () => {
    const { seen } = await check('streams')
    expect(seen).toEqual({
      numbers: [0, 1, 2, 3, 4],
      ahead: true,
      all: 1000,
      error: ['broken', 'it broke', { after: 2 }],
      'before it': [1, 2],
    })
  })

  test('streams items in beside its params, as far ahead as it is granted', async () => {
    const { seen } = await check('items')
    expect(seen).toEqual({
      sum: 499_500,
      none: 0,
      'not read': 1,
      bytes: 2_000_000,
      'both ways': 998,
      first: 0,
    })
  })

  test('cancels a call and a stream, and a call that was answered', async () => {
    const { seen, finished } = await check('cancel')
    expect(seen).toEqual({ left: ['endless', 'wait'], 'nothing came': [null, null] })
    const cancelled = finished.filter(({ code }) => code === 'cancelled')
    expect(cancelled.map(({ method }) => method).sort()).toEqual(['endless', 'wait'])
  })

  test('pings, answers pings, and is not taken for dead', async () => {
    const { seen } = await check('pings', '300ms')
    expect(seen).toEqual({ "server's ping answered": true, pong: 2 ** 32 - 1, alive: true })
  })

  test('is called back: calls, errors, streams, items, notifications', async () => {
    const { seen } = await check('called_back')
    expect(seen).toEqual({
      greet: 'Hello Ada, abc',
      refuse: { code: 'busy', message: 'Python is busy', data: { until: 5 } },
      bug: { code: 'internal', message: 'internal error' },
      missing: { code: 'unknown-method', message: 'missing' },
      bytes: 2_000_000,
      some: [1000, 1000, 1000],
      sum: 199_990_000,
      ask: 'from within',
      told: ['once', 'twice'],
    })
  })

  test('finishes what is in flight when the server closes', async () => {
    const { seen, server } = await check('server_drains')
    expect(seen).toEqual({
      before: false,
      ours: ['unavailable', 'the connection is closing'],
      theirs: 'unavailable',
      answer: 'finished',
      end: 'connection-lost',
    })
    expect(server.peers.size).toBe(0)
  })

  test('finishes what is in flight when it closes, and answers no new calls', async () => {
    const { seen } = await check('we_drain')
    expect(seen).toMatchObject({ code: 'unavailable' })
  })
})
