// The command as it is installed: the built program, in processes of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const command = join(import.meta.dirname, '../bin/file-channel.js')
const children: ChildProcess[] = []
let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'tieline-cli-')), 'channel')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(join(directory, '..'), { recursive: true, force: true })
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...said }))
  })
  const until = async (text: string) => {
    while (!said.out.includes(text) && !said.err.includes(text)) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { child, ended, until }
}
const run = (...args: string[]) => start(...args).ended

it('a served channel answers requests, shows events, and ends well on Ctrl-C', async () => {
  const server = start('serve', directory)
  await server.until('serving ping, echo, get_info')
  const echo = await run('request', directory, 'echo', '{"hello": "world"}', '--json')
  expect(echo).toEqual({ code: 0, out: '{"hello":"world"}\n', err: '' })
  const refused = await run('request', directory, 'nope')
  expect([refused.code, refused.err]).toEqual([1, 'file-channel: no such method: nope\n'])
  expect((await run('send', directory, 'message', '"hi"')).code).toBe(0)
  await server.until('message "hi"')
  const second = await run('serve', directory)
  expect([second.code, second.err]).toEqual([
    3,
    expect.stringContaining(`process ${server.child.pid} reads for the backend`),
  ])
  server.child.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
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
  await start('serve', directory, module).until('serving add')
  const { out } = await run('request', directory, 'add', '{"a": 1, "b": 2}')
  expect(out).toBe('3\n')
})

it('watch shows both sides and takes nothing; info and clear tell what is unread', async () => {
  expect((await run('info', directory)).code).toBe(3)
  await run('send', directory, 'one', '--as', 'backend')
  const watch = start('watch', directory, '--all')
  await watch.until('one')
  await run('send', directory, 'two')
  await watch.until('two')
  watch.child.kill('SIGINT')
  expect((await watch.ended).code).toBe(130)
  const info = JSON.parse((await run('info', directory, '--json')).out)
  expect(info.files.backend.messages).toBe(1)
  const cleared = await run('clear', directory)
  expect(cleared.out).toBe('cleared; 2 messages had not been read\n')
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
  await listening.until('it-listens')
  listening.child.kill('SIGINT')
  expect((await listening.ended).code).toBe(130)
})

it('every command has help with an example', async () => {
  expect((await run('--help')).out).toContain('$ file-channel serve /tmp/demo')
  const names = ['send', 'request', 'listen', 'serve', 'watch', 'clear', 'info']
  for (const { code, out } of await Promise.all(names.map((name) => run(name, '--help')))) {
    expect([code, out]).toEqual([0, expect.stringMatching(/^file-channel[\s\S]*Example/)])
  }
})
