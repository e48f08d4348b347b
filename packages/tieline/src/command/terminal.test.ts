import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { type Screen, Terminal } from './terminal.js'

function screen(tty: boolean, highWaterMark?: number) {
  const stream = new PassThrough(highWaterMark === undefined ? {} : { highWaterMark })
  const text = () => String(stream.read() ?? '')
  return Object.assign(stream, { isTTY: tty, columns: 100, text }) as Screen &
    PassThrough & { text(): string }
}

function terminal(options: { tty: boolean; env?: Record<string, string>; highWater?: number }) {
  const out = screen(options.tty, options.highWater)
  const err = screen(options.tty)
  const gone = vi.fn()
  return { terminal: new Terminal('tieline', out, err, options.env ?? {}, gone), out, err, gone }
}

test('colours are for terminals, and not with NO_COLOR or a dumb one', () => {
  const painted = (tty: boolean, env = {}) => terminal({ tty, env }).terminal.paint('green', 'x')
  expect(painted(true)).toBe('\u001b[32mx\u001b[0m')
  expect(painted(false)).toBe('x')
  expect(painted(true, { NO_COLOR: '1' })).toBe('x')
  expect(painted(true, { NO_COLOR: '' })).toBe('\u001b[32mx\u001b[0m')
  expect(painted(true, { TERM: 'dumb' })).toBe('x')
})

test('the width is that of the terminal, and 80 where there is none', () => {
  expect(terminal({ tty: true }).terminal.width).toBe(100)
  expect(terminal({ tty: false }).terminal.width).toBe(80)
})

test('a failure is one line on stderr', () => {
  const { terminal: it, out, err } = terminal({ tty: false })
  it.fail('no')
  expect([err.text(), out.text()]).toEqual(['tieline: no\n', ''])
})

test('progress is for people', () => {
  const { terminal: it, err } = terminal({ tty: false })
  it.progress('1 of 2')
  expect(err.text()).toBe('')
})

test('waits for a slow reader', async () => {
  const { terminal: it, out } = terminal({ tty: false, highWater: 4 })
  let done = false
  const printing = it.print('12345678').then(() => {
    done = true
  })
  await new Promise(setImmediate)
  expect(done).toBe(false)
  expect(out.text()).toBe('12345678\n')
  await printing
})

test('says once that nobody reads any more, and prints nothing then', async () => {
  const { terminal: it, out, gone } = terminal({ tty: false, highWater: 4 })
  const printing = it.print('12345678')
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  out.destroy(error)
  await printing
  await it.print('more')
  expect(gone.mock.calls).toEqual([[error]])
})

test('draws on a terminal that is not dumb, in colours or without', () => {
  const draws = (tty: boolean, env = {}) => {
    const { terminal: it } = terminal({ tty, env })
    return [it.draws, it.colours]
  }
  expect(draws(true)).toEqual([true, true])
  expect(draws(true, { NO_COLOR: '1' })).toEqual([true, false])
  expect(draws(true, { TERM: 'dumb' })).toEqual([false, false])
  expect(draws(false)).toEqual([false, false])
})

test('the locale says whether there is more than ASCII, the first of its variables that is set', () => {
  const unicode = (env: Record<string, string>) => terminal({ tty: true, env }).terminal.unicode
  if (process.platform !== 'win32') {
    expect(unicode({ LC_ALL: 'C', LANG: 'en_GB.UTF-8' })).toBe(false)
  }
  expect(unicode({ LC_ALL: '', LANG: 'en_GB.UTF-8' })).toBe(true)
  expect(unicode({})).toBe(true)
})

test('tells of a new size until that is enough', () => {
  const { terminal: it, out } = terminal({ tty: true })
  const seen = vi.fn()
  const enough = it.resized(seen)
  out.emit('resize')
  enough()
  out.emit('resize')
  expect(seen).toHaveBeenCalledTimes(1)
})
