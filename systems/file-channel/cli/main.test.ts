// The command as it is installed: the built program, in processes of its own.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { ownFolder } from '../../../test/support/at-end.js'
import { Command } from '../../../test/support/command.js'

const program = join(import.meta.dirname, '../bin/file-channel.js')
let directory: string
beforeEach(() => {
  directory = join(ownFolder(), 'channel')
})

const start = (...args: string[]) => new Command(process.execPath, [program, ...args])
const run = (...args: string[]) => start(...args).ended()

it('a served channel answers requests, shows events, and ends well on Ctrl-C', async () => {
  const server = start('serve', directory)
  await server.said('serving ping, echo, get_info')
  const echo = await run('request', directory, 'echo', '{"hello": "world"}', '--json')
  expect(echo).toEqual({ code: 0, out: '{"hello":"world"}\n', err: '' })
  const refused = await run('request', directory, 'nope')
  expect([refused.code, refused.err]).toEqual([1, 'file-channel: no such method: nope\n'])
  expect((await run('send', directory, 'message', '"hi"')).code).toBe(0)
  await server.said('message "hi"')
  const second = await run('serve', directory)
  expect([second.code, second.err]).toEqual([
    3,
    expect.stringContaining(`process ${server.pid} reads for the backend`),
  ])
  expect((await server.end('SIGINT')).code).toBe(0)
  const events = await run('listen', directory, '--count', '2', '--json')
  const names = events.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).method)
  expect(names).toEqual(['backend_ready', 'backend_shutdown'])
})

it('a module of functions is a backend', async () => {
  const module = join(directory, '..', 'methods.mjs')
  writeFileSync(module, 'export const add = ({ a, b }) => a + b\n')
  await start('serve', directory, module).said('serving add')
  const { out } = await run('request', directory, 'add', '{"a": 1, "b": 2}')
  expect(out).toBe('3\n')
})

it('watch shows both sides and takes nothing; info and clear tell what is unread', async () => {
  expect((await run('info', directory)).code).toBe(3)
  await run('send', directory, 'one', '--as', 'backend')
  const watch = start('watch', directory, '--all')
  await watch.said('one')
  await run('send', directory, 'two')
  await watch.said('two')
  expect((await watch.end('SIGINT')).code).toBe(130)
  const info = JSON.parse((await run('info', directory, '--json')).out)
  expect(info.files.backend.messages).toBe(1)
  const cleared = await run('clear', directory)
  expect(cleared.out).toBe('cleared; 2 messages had not been read\n')
})

it('watch shows names that cannot steer the terminal, and ends when a file cannot be read', async () => {
  await run('send', directory, 'a\u001b[2J\nb')
  const watch = start('watch', directory, '--all')
  await watch.said('event    a\\u001b[2J b {}\n')
  const file = join(directory, 'frontend_to_backend.json')
  rmSync(file)
  mkdirSync(file)
  const { code, err } = await watch.ended()
  expect([code, err]).toEqual([3, expect.stringContaining(`cannot read ${file}`)])
})

it('exit codes: 2 for a wrong line, 3 for what could not be done, 4 when the time is over', async () => {
  for (const args of [
    ['bogus'],
    ['send', directory],
    ['send', directory, 'a', '{'],
    ['info', directory, '--x'],
  ]) {
    const { code, err } = await run(...args)
    expect([args, code, err]).toEqual([args, 2, expect.stringContaining('--help')])
  }
  expect((await run('clear', directory)).code).toBe(3)
  expect((await run('request', directory, 'ping', '--timeout', '100ms')).code).toBe(4)
  const listening = start('listen', directory)
  await run('send', directory, 'it-listens', '--as', 'backend')
  await listening.said('it-listens')
  expect((await listening.end('SIGINT')).code).toBe(130)
})

it('every command has help with an example', async () => {
  expect((await run('--help')).out).toContain('$ file-channel serve /tmp/demo')
  const names = ['send', 'request', 'listen', 'serve', 'watch', 'clear', 'info']
  for (const { code, out } of await Promise.all(names.map((name) => run(name, '--help')))) {
    expect([code, out]).toEqual([0, expect.stringMatching(/^file-channel[\s\S]*Example/)])
  }
})
