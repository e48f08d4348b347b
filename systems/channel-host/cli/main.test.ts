// The command as it is installed: the built program, in processes of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectAgent } from '../src/index.js'
import { client } from '../src/testing/hosted.js'

const soon = { timeout: 30_000 }
const command = join(import.meta.dirname, '../bin/channel-host.js')
const children: ChildProcess[] = []
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'channel-host-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

function start(...args: string[]) {
  const { TIELINE_TOKEN: _, ...rest } = process.env
  const env = { ...rest, XDG_RUNTIME_DIR: directory, NO_COLOR: '1' }
  const child = spawn(process.execPath, [command, ...args], { env })
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
  const until = (text: string) => expect.poll(() => said.out + said.err, soon).toContain(text)
  return { child, ended, until, said }
}

it('serves agents and clients, keeps its token, and ends well on Ctrl-C', {
  timeout: 60_000,
}, async () => {
  const server = start('serve')
  await server.until('agents connect to local:channel-host')
  const path = join(directory, 'channel-host/token')
  await server.until(`clients show the token in ${path}`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const token = readFileSync(path, 'utf8').trim()
  expect(server.said.out).not.toContain(token)
  const at = `unix:${join(directory, 'channel-host/channel-host.sock')}`
  const agent = await connectAgent({ at, reconnect: false })
  const port = await agent.listen(0, { message: (channel, bytes) => channel.send(bytes) })
  const there = await client(port.endpoint, token)
  there.channel.send(Uint8Array.of(1, 2, 3))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 2, 3)])
  await expect(client(port.endpoint, 'wrong')).rejects.toMatchObject({ code: 'permission-denied' })
  await server.until('its token is wrong')
  server.child.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
  await expect.poll(() => there.ends, soon).toEqual([{ by: 'remote' }])
  const again = start('serve')
  await again.until('agents connect')
  expect(readFileSync(path, 'utf8').trim()).toBe(token)
})

it('runs the example agent in a host of its own, until a message ends it', async () => {
  const demo = start('demo', '--port', '0', '--json')
  await demo.until('"event":"listening"')
  const { endpoint } = JSON.parse(demo.said.out)
  const there = await client(
    endpoint,
    readFileSync(join(directory, 'channel-host/token'), 'utf8').trim(),
  )
  there.channel.send(Uint8Array.of(1, 9))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 9)])
  there.channel.send(Uint8Array.of(255))
  expect((await demo.ended).code).toBe(0)
})

it('runs the example agent of a host that runs, and comes back to it', {
  timeout: 60_000,
}, async () => {
  const first = start('serve', '--no-token', '--without-origin')
  await first.until('clients show no token')
  const demo = start('demo', '--at', 'local:channel-host', '--port', '0')
  await demo.until('the example agent listens at ws://127.0.0.1:')
  const [endpoint = ''] = /ws:\S+/.exec(demo.said.out) ?? []
  const there = await client(endpoint, false)
  there.channel.send(Uint8Array.of(1, 9))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 9)])
  first.child.kill('SIGKILL')
  await first.ended
  await start('serve', '--json').until('"event":"listening"')
  await demo.until('the host is back')
  const lines = demo.said.err.trim().split('\n')
  // Attempts that fail alike are told once.
  expect(lines.filter((line, at) => line === lines[at - 1])).toEqual([])
  demo.child.kill('SIGTERM')
  expect((await demo.ended).code).toBe(0)
})

it('says in one line what is wrong, with an exit code', { timeout: 60_000 }, async () => {
  const here = import.meta.filename
  const wrong: [number, string, string[]][] = [
    [2, 'there is no command', ['sreve']],
    [2, '--tls-cert', ['serve', '--tls-key', 'x']],
    [2, '--token-file', ['serve', '--at', `unix:${directory}/a.sock`]],
    [2, 'contradict', ['serve', '--no-token', '--token-file', 'x']],
    [2, 'no origin that can be allowed', ['serve', '--origin', '*']],
    [2, 'nobody could connect', ['serve', '--no-token']],
    [2, 'nobody could connect', ['demo', '--no-token']],
    [2, 'goes with --no-token', ['serve', '--without-origin']],
    [2, 'agents cannot connect at ws:', ['serve', '--at', 'ws://127.0.0.1:1/']],
    [2, 'give it to the host', ['demo', '--at', 'local:nobody', '--no-connect']],
    [2, 'no value of a Host header', ['serve', '--host', 'a b']],
    [2, 'no key and certificate', ['serve', '--tls-key', here, '--tls-cert', here]],
    [2, 'no such file', ['serve', '--tls-key', '/no/key', '--tls-cert', '/no/cert']],
    [3, '--allow-remote', ['serve', '--address', 'example.org']],
    [3, '0.0.0.0', ['serve', '--address', '0.0.0.0']],
    [3, 'local:nobody', ['demo', '--at', 'local:nobody']],
  ]
  const all = wrong.map(async ([code, text, args]) => {
    const ended = await start(...args).ended
    expect([args, ended.code, ended.err]).toEqual([args, code, expect.stringContaining(text)])
    expect(ended.err.trim().split('\n').length).toBe(1)
  })
  await Promise.all(all)
})

it('every command has help with an example', { timeout: 60_000 }, async () => {
  const all = [['--help'], ['serve', '--help'], ['demo', '--help']]
  for (const { code, out } of await Promise.all(all.map((args) => start(...args).ended))) {
    expect([code, out]).toEqual([0, expect.stringContaining('$ channel-host')])
  }
})
