import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { until } from '../testing/supervised.js'
import { Output, type OutputOptions } from './output.js'
import { RotatedLog } from './rotated-log.js'

let directory: string
let lines: string[]
const problems: Error[] = []
let opened: RotatedLog[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'superctl-output-'))
  lines = []
  problems.length = 0
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()))
  rmSync(directory, { recursive: true, force: true })
})

function log(options: { maxSize?: number; maxFiles?: number; path?: string } = {}) {
  const made = new RotatedLog(options.path ?? join(directory, 'out.log'), {
    maxSize: options.maxSize ?? 1e6,
    maxFiles: options.maxFiles ?? 3,
    failed: (error) => problems.push(error),
  })
  opened.push(made)
  return made
}

function output(logs = [log()], more: Partial<OutputOptions> = {}) {
  return new Output({
    spoolPath: join(directory, 'app.stdout'),
    logs,
    wanted: () => true,
    line: (line) => lines.push(line),
    failed: (error) => problems.push(error),
    ...more,
  })
}

const spool = () => join(directory, 'app.stdout')
const read = (name: string) => readFileSync(join(directory, name), 'utf8')

it('cuts lines wherever the app happened to write', async () => {
  const one = output()
  for (const piece of ['he', 'llo\r\nwor', 'ld\n\u00e4', '\n']) {
    appendFileSync(spool(), piece)
    one.look()
  }
  await one.finish()
  expect(lines).toEqual(['hello', 'world', 'ä'])
  expect(read('out.log')).toBe('hello\r\nworld\nä\n')
  await one.close({ remove: true })
  expect(readdirSync(directory)).toEqual(['out.log'])
})

it('takes an end without a newline as a line, when the app has ended', async () => {
  const one = output()
  appendFileSync(spool(), 'a\nlast words')
  one.look()
  await until(() => lines.length === 1)
  expect(lines).toEqual(['a'])
  await one.finish()
  expect(lines).toEqual(['a', 'last words'])
  await one.close({ remove: true })
})

it('hands a line of 1 MiB over in pieces that cut no character', async () => {
  const one = output()
  appendFileSync(spool(), `${'ä'.repeat(512 * 1024)}\n`)
  await one.finish()
  expect(lines.length).toBeGreaterThan(10)
  expect(lines.join('')).toBe('ä'.repeat(512 * 1024))
  await one.close({ remove: true })
})

it('goes on where a daemon that was killed had got to', async () => {
  const first = output()
  appendFileSync(spool(), 'one\ntwo\nhal')
  first.look()
  await until(() => lines.length === 2)
  await first.close({ remove: false })
  appendFileSync(spool(), 'f\nthree\n')
  const second = output()
  expect(second.last(10)).toEqual(['one', 'two'])
  await second.finish()
  expect(lines).toEqual(['one', 'two', 'half', 'three'])
  expect(read('out.log')).toBe('one\ntwo\nhalf\nthree\n')
  await second.close({ remove: true })
})

it('rotates by size, keeps as many files as told, and cuts at line ends', async () => {
  const one = output([log({ maxSize: 100, maxFiles: 3 })])
  for (let i = 0; i < 50; i++) appendFileSync(spool(), `line ${String(i).padStart(4, '0')}\n`)
  await one.finish()
  const files = readdirSync(directory).filter((name) => name.startsWith('out.log'))
  expect(files.sort()).toEqual(['out.log', 'out.log.1', 'out.log.2'])
  for (const name of files) {
    expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(100)
    expect(read(name)).toMatch(/^(line \d{4}\n)*$/)
  }
  expect(`${read('out.log.2')}${read('out.log.1')}${read('out.log')}`).toContain('line 0049\n')
  await one.close({ remove: true })
})

it('gives the space of what was read back while the app goes on writing', async () => {
  const one = output([])
  const descriptor = one.openForApp()
  const chunk = Buffer.alloc(1024 * 1024, `${'x'.repeat(1023)}\n`)
  for (let i = 0; i < 40; i++) {
    writeSync(descriptor, chunk)
    one.look()
    if (i % 8 === 7) await one.finish()
  }
  await one.finish()
  expect(lines.length).toBe(40 * 1024)
  await until(() => statSync(spool()).blocks * 512 < 24 * 1024 * 1024)
  await one.close({ remove: true })
})

it('passes over the oldest of what comes faster than it can be kept, and says so', async () => {
  const one = output([log()], { mostUnread: 1000 })
  appendFileSync(spool(), `${'x'.repeat(99)}\n`.repeat(50))
  await one.finish()
  expect(lines[0]).toBe(
    '[superctl: 4500 bytes of output were passed over, they came faster than they can be kept]',
  )
  expect(lines.length).toBe(6)
  await one.close({ remove: true })
})

it('tells of a file that cannot be written once, and goes on', async () => {
  const one = output([log({ path: '/dev/null/no.log' })])
  appendFileSync(spool(), 'a\n')
  await one.finish()
  appendFileSync(spool(), 'b\n')
  await one.finish()
  expect(lines).toEqual(['a', 'b'])
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('cannot write /dev/null/no.log'),
  ])
  await one.close({ remove: true })
})

it('reads what others have cut, to win space, from its beginning', async () => {
  const one = output()
  appendFileSync(spool(), 'before\n')
  await one.finish()
  truncateSync(spool())
  appendFileSync(spool(), 'new\n')
  await one.finish()
  expect(lines).toEqual(['before', 'new'])
  await one.close({ remove: true })
})

it('tells once what goes wrong while it reads, and goes on when it can', async () => {
  const wanted = vi.fn((): boolean => {
    throw new Error('out of order')
  })
  const one = output([log()], { wanted })
  for (const line of ['one\n', 'two\n']) {
    appendFileSync(spool(), line)
    one.look()
    await one.finish()
  }
  expect(problems).toEqual([new Error('out of order')])
  wanted.mockReturnValue(true)
  appendFileSync(spool(), 'three\n')
  await one.finish()
  expect(lines).toEqual(['three'])
  expect(read('out.log')).toBe('one\ntwo\nthree\n')
  await one.close({ remove: true })
})

it('is closed at any moment without a line lost or written twice', async () => {
  const logs = [log()]
  const expected: string[] = []
  for (let turns = 0; turns < 20; turns++) {
    const one = output(logs)
    appendFileSync(spool(), `line ${turns}\n`)
    expected.push(`line ${turns}`)
    one.look()
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    await one.close({ remove: false })
  }
  const last = output(logs)
  await last.finish()
  await last.close({ remove: true })
  expect(read('out.log').trim().split('\n')).toEqual(expected)
})

it('is looked at while it is finished without a word lost or written twice', async () => {
  const one = output()
  let expected = ''
  for (let round = 0; round < 200; round++) {
    appendFileSync(spool(), `${round} begins`)
    const finished = one.finish()
    // The write of the end without a newline is on its way at one of these.
    for (let turn = 0; turn < round % 20; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    appendFileSync(spool(), ' and ends\n')
    one.look()
    await finished
    await one.finish()
    expected += `${round} begins and ends`
  }
  await one.close({ remove: true })
  expect(lines.join('')).toBe(expected)
  expect(read('out.log').replaceAll('\n', '')).toBe(expected)
})
