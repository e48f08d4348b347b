// Neovim as a real MessagePack-RPC server, over its socket and over stdio, through a bare peer and
// through a contract: everything that its programs do, both ways.
import { existsSync } from 'node:fs'
import { isTielineError } from 'tieline'
import { describe, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.js'
import { peer as program } from '../support/peer.js'
import {
  type Answers,
  type Editor,
  EditorBuffer,
  embedded,
  faces,
  listening,
  type Open,
} from './neovim/editor.js'

const nvim = program('nvim', 'Debian package neovim')
const ways = { 'its socket': listening, stdio: embedded }

const silent: Answers = { news: () => {}, double: (number) => number * 2 }

const cases = Object.entries(ways).flatMap(([way, start]) =>
  Object.entries(faces).map(([face, open]) => [way, face, start, open] as const),
)

describe.skipIf(!nvim.available).each(cases)('Neovim over %s through %s', (...each) => {
  const [, face, start, open] = each

  async function editing(answers: Partial<Answers> = {}): Promise<Editor> {
    const { transport } = await start(nvim.path)
    return opened(open, transport, answers)
  }

  test('tells of its API', async () => {
    const editor = await editing()
    const [channel, api] = await editor.info()
    expect(channel).toBeGreaterThan(0)
    expect(api.version.major).toBe(0)
    expect(api.functions.length).toBeGreaterThan(100)
  })

  test('evaluates: numbers, texts, lists, maps, null', async () => {
    const editor = await editing()
    const values = `[1 + 1, -1, 9007199254740993, 0.5, 'Ü', [[]], {'a': {}}, v:null, v:true]`
    expect(await editor.evaluate(values)).toEqual([
      2,
      -1,
      9007199254740993n,
      0.5,
      'Ü',
      [[]],
      { a: {} },
      null,
      true,
    ])
    const argument = { list: [1, 'two', null], text: 'x'.repeat(100_000) }
    expect(await editor.lua('return ...', argument)).toEqual(argument)
  })

  test('answers an error: its text as the message, all of it as data', async () => {
    const editor = await editing()
    await expect(editor.evaluate('1 +')).rejects.toMatchObject({
      code: 'remote-error',
      origin: 'remote',
      message: expect.stringContaining('E15'),
      data: [0, expect.stringContaining('E15')],
      method: 'nvim_eval',
    })
    await expect(editor.nothing()).rejects.toMatchObject({
      code: 'remote-error',
      message: expect.stringContaining('nvim_no_such_thing'),
    })
    expect(await editor.evaluate('1')).toBe(1)
  })

  test('takes back the buffer handle that it gave', async () => {
    const editor = await editing()
    const buffer = await editor.currentBuffer()
    if (face === 'a contract') expect(buffer).toBeInstanceOf(EditorBuffer)
    else expect(buffer).toMatchObject({ type: 0, data: Uint8Array.of(1) })
    await editor.setLines(buffer, ['one', 'zwölf'])
    expect(await editor.lines(buffer)).toEqual(['one', 'zwölf'])
    expect(await editor.evaluate(`getline(2)`)).toBe('zwölf')
  })

  test('notifies us, in order', async () => {
    const news: unknown[][] = []
    const editor = await editing({ news: (items) => void news.push(items) })
    await editor.subscribe('news')
    // To all who subscribed, then to us by our number.
    await editor.evaluate(`rpcnotify(0, 'news', 'to all', {'a': [1]})`)
    const [channel] = await editor.info()
    await editor.lua(`for n = 1, 500 do vim.rpcnotify(${channel}, 'news', n) end`)
    expect(news.shift()).toEqual(['to all', { a: [1] }])
    expect(news).toEqual(Array.from({ length: 500 }, (_, index) => [index + 1]))
  })

  test('calls us back and gets the answer, also while it waits for ours', async () => {
    let editor: Editor | undefined
    const double = async (number: number): Promise<number> => {
      if (number < 3) return number * 2
      const nested = (await editor?.evaluate(`rpcrequest(${channel}, 'double', 2)`)) as number
      return number * nested
    }
    editor = await editing({ double })
    const [channel] = await editor.info()
    expect(await editor.evaluate(`rpcrequest(${channel}, 'double', 1)`)).toBe(2)
    expect(await editor.evaluate(`rpcrequest(${channel}, 'double', 3)`)).toBe(12)
  })

  test('sees our errors in its pcall, and no more of them than is meant for it', async () => {
    const editor = await editing()
    const [channel] = await editor.info()
    const attempt = (method: string) =>
      editor.lua(`return { pcall(vim.rpcrequest, ${channel}, '${method}') }`)
    expect(await attempt('refuse')).toEqual([false, expect.stringMatching(/we are busy$/)])
    expect(await attempt('bug')).toEqual([false, expect.stringMatching(/internal error$/)])
    expect(await editor.evaluate('1')).toBe(1)
  })

  test('answers out of order: while one call waits for us, those behind it', async () => {
    let release = () => {}
    let waits = () => {}
    const waiting = new Promise<void>((resolve) => {
      waits = resolve
    })
    const editor = await editing({
      double: (number) => {
        waits()
        return new Promise((resolve) => {
          release = () => resolve(number * 2)
        })
      },
    })
    const [channel] = await editor.info()
    const order: string[] = []
    const first = editor
      .evaluate(`rpcrequest(${channel}, 'double', 21)`)
      .then((value) => order.push(`first: ${value}`))
    await waiting
    await editor.evaluate(`'second'`).then((value) => order.push(String(value)))
    await editor.info().then(() => order.push('third'))
    release()
    await first
    expect(order).toEqual(['second', 'third', 'first: 42'])
  })

  test('answers 1,000 calls in flight, each with its own', async () => {
    const editor = await editing()
    const numbers = Array.from({ length: 1000 }, (_, n) => n)
    const answers = await Promise.all(numbers.map((n) => editor.evaluate(`${n} * 2`)))
    expect(answers).toEqual(numbers.map((n) => n * 2))
  })

  test('killed with calls in flight: every one of them is a lost connection', async () => {
    const editor = await editing()
    const pid = (await editor.evaluate('getpid()')) as number
    // The first keeps it from all that come behind it.
    const calls = [editor.lua('vim.loop.sleep(60000)')]
    for (let n = 1; n < 1000; n++) calls.push(editor.evaluate('1'))
    process.kill(pid, 'SIGKILL')
    const outcomes = await Promise.allSettled(calls)
    const lost = outcomes.filter(
      (each) => each.status === 'rejected' && isTielineError(each.reason, 'connection-lost'),
    )
    expect(lost).toHaveLength(1000)
    await expect(editor.evaluate('1')).rejects.toMatchObject({ sent: 'no' })
  })
})

async function opened(open: Open, transport: Parameters<Open>[0], answers: Partial<Answers>) {
  const editor = await open(transport, { ...silent, ...answers })
  atEnd(() => editor.close())
  return editor
}

describe.skipIf(!nvim.available)('afterwards', () => {
  const open = faces['a contract'] as Open

  test('a Neovim that is told to quit leaves, and its socket is gone', async () => {
    const { transport, path, editor: running } = await listening(nvim.path)
    const editor = await opened(open, transport, {})
    await expect(editor.lua(`vim.cmd('qall!')`)).rejects.toMatchObject({ code: 'connection-lost' })
    await running.ended()
    expect(existsSync(path)).toBe(false)
  })

  test('a Neovim of ours ends with its connection', async () => {
    const { transport } = await embedded(nvim.path)
    const editor = await opened(open, transport, {})
    const pid = (await editor.evaluate('getpid()')) as number
    await editor.close()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
