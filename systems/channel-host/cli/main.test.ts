// The command as it is installed: the built program, in processes of its own.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { ownFolder } from '../../../test/support/at-end.js'
import { Command } from '../../../test/support/command.js'
import { connectAgent } from '../src/index.js'
import { client } from '../src/testing/hosted.js'

const soon = { timeout: 30_000 }
const program = join(import.meta.dirname, '../bin/channel-host.js')
let directory: string
beforeEach(() => {
  directory = ownFolder()
})

function start(...args: string[]): Command {
  const env = { TIELINE_TOKEN: undefined, XDG_RUNTIME_DIR: directory, NO_COLOR: '1' }
  return new Command(process.execPath, [program, ...args], { env })
}

it('serves agents and clients, keeps its token, and ends well on Ctrl-C', async () => {
  const server = start('serve')
  await server.said('agents connect to local:channel-host')
  const path = join(directory, 'channel-host/token')
  await server.said(`clients show the token in ${path}`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const token = readFileSync(path, 'utf8').trim()
  expect(server.out).not.toContain(token)
  const at = `unix:${join(directory, 'channel-host/channel-host.sock')}`
  const agent = await connectAgent({ at, reconnect: false })
  const port = await agent.listen(0, { message: (channel, bytes) => channel.send(bytes) })
  const there = await client(port.endpoint, token)
  there.channel.send(Uint8Array.of(1, 2, 3))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 2, 3)])
  await expect(client(port.endpoint, 'wrong')).rejects.toMatchObject({ code: 'permission-denied' })
  await server.said('its token is wrong')
  expect((await server.end('SIGINT')).code).toBe(0)
  await expect.poll(() => there.ends, soon).toEqual([{ by: 'remote' }])
  const again = start('serve')
  await again.said('agents connect')
  expect(readFileSync(path, 'utf8').trim()).toBe(token)
})

it('runs the example agent in a host of its own, until a message ends it', async () => {
  const demo = start('demo', '--port', '0', '--json')
  await demo.said('"event":"listening"')
  const { endpoint } = JSON.parse(demo.out)
  const there = await client(
    endpoint,
    readFileSync(join(directory, 'channel-host/token'), 'utf8').trim(),
  )
  there.channel.send(Uint8Array.of(1, 9))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 9)])
  there.channel.send(Uint8Array.of(255))
  expect((await demo.ended()).code).toBe(0)
})

it('runs the example agent of a host that runs, and comes back to it', async () => {
  const first = start('serve', '--no-token', '--without-origin')
  await first.said('clients show no token')
  const demo = start('demo', '--at', 'local:channel-host', '--port', '0')
  await demo.said('the example agent listens at ws://127.0.0.1:')
  const [endpoint = ''] = /ws:\S+/.exec(demo.out) ?? []
  const there = await client(endpoint, false)
  there.channel.send(Uint8Array.of(1, 9))
  await expect.poll(() => there.messages, soon).toEqual([Uint8Array.of(1, 9)])
  await first.end('SIGKILL')
  await start('serve', '--json').said('"event":"listening"')
  await demo.said('the host is back')
  const lines = demo.err.trim().split('\n')
  // Attempts that fail alike are told once.
  expect(lines.filter((line, at) => line === lines[at - 1])).toEqual([])
  expect((await demo.end('SIGTERM')).code).toBe(0)
})

it('says in one line what is wrong, with an exit code', async () => {
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
    const ended = await start(...args).ended()
    expect([args, ended.code, ended.err]).toEqual([args, code, expect.stringContaining(text)])
    expect(ended.err.trim().split('\n').length).toBe(1)
  })
  await Promise.all(all)
})

it('every command has help with an example', async () => {
  const all = [['--help'], ['serve', '--help'], ['demo', '--help']]
  for (const { code, out } of await Promise.all(all.map((args) => start(...args).ended()))) {
    expect([code, out]).toEqual([0, expect.stringContaining('$ channel-host')])
  }
})
