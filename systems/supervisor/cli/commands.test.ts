// The command as it is used: real processes, a real daemon, a pseudo-terminal.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { CommandBench, finished } from '../src/testing/command.js'
import { until } from '../src/testing/supervised.js'

// A ceiling: each test here starts many programs, one after the other.
vi.setConfig({ testTimeout: 180_000 })

const sleeper = ['--', 'sleep', '60']
const COUNT = ['--', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done']

/** Of a file of its state; empty while there is none. */
function textOf({ state }: CommandBench, name: string): string {
  const path = join(state, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

describe('commands', () => {
  it('start, stop, restart, status, logs and delete an app', async () => {
    await using bench = new CommandBench()
    expect((await bench.run('start', 'Web', ...COUNT)).out).toMatch(/^started web \(pid \d+\)\n$/)
    expect((await bench.run('start', 'web', ...COUNT)).out).toMatch(/^web runs already/)
    expect((await bench.run('restart', 'web')).out).toMatch(/^restarted web \(pid \d+\)\n$/)
    const table = (await bench.run('status')).out
    expect(table).toMatch(/^NAME +STATE +PID +UPTIME +RESTARTS +CPU +MEMORY/)
    expect(table).toMatch(/\nweb +running +\d+ +\d+s +1 /)
    await until(() => textOf(bench, 'logs/web.out.log') !== '')
    expect((await bench.run('logs', 'web', '-n', '1')).out).toMatch(/^web \| line \d+\n$/)
    expect((await bench.run('stop', 'web')).out).toBe('stopped web\n')
    expect((await bench.run('start', 'web')).out).toMatch(/^started web/)
    expect((await bench.run('delete', 'all')).out).toBe('deleted web\n')
    expect((await bench.run('status')).err).toContain('no apps yet')
  })

  it('start and reload the apps of a file, changing only what differs', async () => {
    await using bench = new CommandBench()
    const file = join(bench.directory, 'bunctl.json')
    const app = (name: string, seconds: number) => ({
      name,
      command: 'sleep',
      args: [`${seconds}`],
    })
    writeFileSync(file, JSON.stringify({ apps: [app('a', 60), app('b', 60)] }))
    expect((await bench.run('start')).out).toMatch(/^started a .*\nstarted b .*\n$/)
    writeFileSync(file, JSON.stringify({ apps: [app('a', 60), app('b', 61), app('c', 62)] }))
    expect((await bench.run('reload')).out).toBe('a  unchanged\nb  restarted\nc  started\n')
    expect((await bench.run('save')).out).toContain('saved 3 apps in')
    await bench.run('delete', 'a')
    expect((await bench.run('resurrect')).out).toBe('a  started\nb  unchanged\nc  unchanged\n')
  })

  it('print JSON with --json, errors as well', async () => {
    await using bench = new CommandBench()
    expect(await bench.json('start', 'a', ...sleeper)).toMatchObject({ id: 'a', already: false })
    expect(await bench.json('status', 'a')).toMatchObject({ name: 'a', state: 'running' })
    expect(await bench.json('ps')).toMatchObject([{ name: 'a' }])
    expect(await bench.json('stop', 'a')).toEqual({ id: 'a' })
    const failed = await bench.run('stop', 'a', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.out)).toEqual({
      error: { code: 'not-running', message: 'App a is not running' },
    })
    expect(await bench.json('kill')).toEqual({ ended: true, apps: 'stop' })
  })

  it('tell by their exit code how it went', async () => {
    await using bench = new CommandBench()
    const run = (...args: string[]) => bench.run(...args)
    expect((await run('status')).code).toBe(0)
    expect(await run('stop', 'x')).toMatchObject({ code: 1, err: 'superctl: App x not found\n' })
    expect(await run('stpo')).toMatchObject({
      code: 2,
      err: "superctl: there is no command 'stpo'; did you mean stop?\n",
    })
    expect(await run('stop')).toMatchObject({
      code: 2,
      err: 'superctl: stop needs NAME…: superctl stop NAME…\n',
    })
    expect((await run('start', 'x', '--nope')).err).toContain('start has no option --nope')
    expect((await run('start', 'nope.json')).code).toBe(2)
    writeFileSync(join(bench.directory, 'bunctl.json'), '{"name": "a", "comand": "x"}')
    expect((await run('start')).err).toContain(
      'bunctl.json: an app needs a command; it has "comand"\n',
    )
    expect((await run('start', 'x', '--', '/no/such')).code).toBe(1)
    const nowhere = join(bench.directory, 'no', 'such', 'x.sock')
    expect(
      await run('status', '--socket', nowhere, '--state', join(bench.directory, 's2')),
    ).toMatchObject({ code: 3 })
    const silent = createServer(() => {})
    const path = join(bench.directory, 'silent.sock')
    await new Promise<void>((resolve) => silent.listen(path, resolve))
    expect(await run('status', '--socket', path, '--timeout', '300ms')).toMatchObject({ code: 4 })
    silent.close()
  })

  it('kill does not wait for a slow app after Ctrl-C, nor longer than it is told', async () => {
    await using bench = new CommandBench()
    const slow = ['--', 'sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']
    await bench.run('start', 'slow', '--stop-timeout', '1h', ...slow)
    await until(() => textOf(bench, 'logs/slow.out.log').includes('ready'))
    const killing = bench.spawn('kill')
    const ended = finished(killing)
    await until(() => textOf(bench, 'daemon.log').includes('ending'))
    killing.kill('SIGINT')
    expect((await ended).code).toBe(130)
    const late = await bench.run('kill', '--timeout', '1s')
    expect(late.err).toMatch(/^superctl: .*; --timeout allows more time\n$/)
    expect(late.code).toBe(4)
    for (const { pid, command } of bench.processes) {
      if (command.includes('trap')) process.kill(pid, 'SIGKILL')
    }
  })

  it('name the state directory that is no place for a daemon, with exit code 3', async () => {
    await using bench = new CommandBench()
    const state = join(bench.directory, 'file')
    writeFileSync(state, '')
    const { code, err } = await bench.run('status', '--state', state)
    expect(err).toBe(
      `superctl: the daemon's state cannot be kept in ${state}: EEXIST: file already exists, mkdir '${state}'\n`,
    )
    expect(code).toBe(3)
  })

  it('give an app the variables of a file', async () => {
    await using bench = new CommandBench()
    writeFileSync(join(bench.directory, 'vars'), 'A=from a file\n')
    const print = ['--', 'sh', '-c', 'echo "$A"; sleep 60']
    await bench.run('start', 'a', '--env-from', 'vars', ...print)
    await until(() => textOf(bench, 'logs/a.out.log') !== '')
    expect((await bench.run('logs', 'a')).out).toBe('a | from a file\n')
    const missing = await bench.run('start', 'b', '--env-from', 'no-file', ...print)
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('ENOENT') })
  })

  it('teach with --help, each of them', async () => {
    await using bench = new CommandBench()
    const { out } = await bench.run('--help')
    const names = [...new Set(out.matchAll(/superctl ([a-z]+)/g))].map(([, name]) => name as string)
    expect(names).toContain('start')
    for (const name of ['start', 'stop', 'ps', 'logs', 'kill', 'startup', 'daemon']) {
      const help = await bench.run(name, '--help')
      expect(help.code).toBe(0)
      expect(help.out).toContain('Example:')
      expect(Math.max(...help.out.split('\n').map((line) => line.length))).toBeLessThan(90)
    }
    expect((await bench.run('startup')).out).toContain('[Service]\nExecStart=')
    expect(bench.daemons).toEqual([])
  })

  it('follow logs and events until they are interrupted, with 130', async () => {
    await using bench = new CommandBench()
    await bench.run('start', 'a', ...COUNT)
    const logs = bench.spawn('logs', '-f', '-n', '0', '--json')
    const events = bench.spawn('events', '--json')
    const [logged, told] = [finished(logs), finished(events)]
    await new Promise((resolve) => logs.stdout?.once('data', resolve))
    let seen = false
    events.stdout?.once('data', () => {
      seen = true
    })
    // It may not have subscribed before the first.
    while (!seen) await bench.run('restart', 'a')
    for (const child of [logs, events]) child.kill('SIGINT')
    const [lines, happened] = await Promise.all([logged, told])
    expect([lines.code, happened.code]).toEqual([130, 130])
    expect(JSON.parse(lines.out.split('\n')[0] as string)).toMatchObject({
      app: 'a',
      stream: 'stdout',
    })
    expect(JSON.parse(happened.out.split('\n')[0] as string).data.app).toBe('a')
    expect(lines.err + happened.err).toBe('')
  })

  it('say so when the daemon ends while they follow', async () => {
    await using bench = new CommandBench()
    await bench.run('start', 'a', ...COUNT)
    const logs = bench.spawn('logs', 'a', '-f')
    const ran = finished(logs)
    await new Promise((resolve) => logs.stdout?.once('data', resolve))
    await bench.run('kill')
    expect(await ran).toMatchObject({ code: 3, err: 'superctl: the daemon has ended\n' })
  })
})

describe('in a terminal', () => {
  it('ps draws its table again and again, and Ctrl-C gives the cursor back', async () => {
    await using bench = new CommandBench()
    await bench.run('start', 'web', ...sleeper)
    const { code, out } = await inTerminal(bench, ['ps'], /web.*web.*web/s)
    expect(code).toBe(130)
    expect(out).toContain('\u001b[?25l')
    expect(out.trimEnd().endsWith('\u001b[?25h')).toBe(true)
    expect(out).toContain('\u001b[32mrunning')
  })

  it('logs -f shows lines as they come, until Ctrl-C', async () => {
    await using bench = new CommandBench()
    await bench.run('start', 'web', ...COUNT)
    const { code, out } = await inTerminal(bench, ['logs', '-f', 'web'], /line 9/)
    expect(code).toBe(130)
    expect(out).toContain('\u001b[36mweb\u001b[0m | line 5')
  })
})

describe('with an original daemon', () => {
  it('the commands that it has work, the others say what it lacks', async () => {
    await using bench = new CommandBench()
    const original = await fakeOriginal(bench.socket)
    expect((await bench.run('start', 'a', ...sleeper)).out).toBe('started a (pid 77)\n')
    expect((await bench.run('status')).out).toMatch(/\na +running +77 /)
    expect((await bench.run('status', 'a')).out).toContain('policy on-failure')
    expect((await bench.run('restart', 'a')).out).toBe('restarted a (pid 78)\n')
    expect((await bench.run('stop', 'b')).err).toBe('superctl: App b not found\n')
    expect((await bench.run('logs', 'a')).out).toBe('a | hello\n')
    expect(await bench.run('save')).toMatchObject({
      code: 1,
      err: 'superctl: the daemon is an original one, which has no save\n',
    })
    const events = bench.spawn('events', '--json')
    const ran = finished(events)
    const [line] = await new Promise<string[]>((resolve) =>
      events.stdout?.once('data', (text) => resolve(String(text).split('\n'))),
    )
    events.kill('SIGINT')
    expect(JSON.parse(line as string)).toEqual({
      event_type: 'process_started',
      data: { app: 'a', pid: 77 },
    })
    expect((await ran).code).toBe(130)
    original()
  })
})

/** Runs it in a pseudo-terminal; presses Ctrl-C when the pattern was seen. */
async function inTerminal(bench: CommandBench, args: string[], seen: RegExp) {
  const script = `
import os, pty, sys, signal
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
import select
while True:
    ready, _, _ = select.select([master, 0], [], [])
    if 0 in ready:
        os.read(0, 10)
        os.write(master, b'\\x03')
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
  const child = spawn(
    '/usr/bin/python3',
    ['-c', script, process.execPath, bench.launcher, ...args],
    { env: { ...bench.env, TERM: 'xterm', CI: '' }, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let out = ''
  let pressed = false
  child.stdout.on('data', (text) => {
    out += String(text)
    if (pressed || !seen.test(out)) return
    pressed = true
    child.stdin.write('c')
  })
  const { code } = await finished(child)
  return { code, out }
}

/** What an original daemon answers, as far as the test goes. It closes on what it cannot read. */
async function fakeOriginal(path: string): Promise<() => void> {
  const status = {
    name: 'a',
    state: 'running',
    pid: 77,
    restarts: 0,
    auto_start: false,
    command: 'sleep',
    args: ['60'],
    cwd: null,
    restart_policy: 'on-failure',
    last_exit_code: null,
    uptime_seconds: 1,
    max_memory: null,
    max_cpu_percent: null,
    max_restart_attempts: null,
    backoff_exhausted: false,
    env: {},
  }
  const success = (message: string) => ({ Success: { message } })
  const answers: Record<string, (content: { name?: string }) => object[]> = {
    Start: ({ name }) => [success(`Started app ${name}`)],
    Stop: ({ name }) => [{ Error: { message: `App ${name} not found` } }],
    Restart: ({ name }) => [success(`Restarted app ${name} with PID 78`)],
    Status: ({ name }) => [{ Data: { data: name ? status : [status] } }],
    Logs: () => [
      { Data: { data: { type: 'single', app: 'a', logs: { errors: [], output: ['hello'] } } } },
    ],
    Subscribe: () => [
      success('Subscribed'),
      { Event: { event_type: 'process_started', data: { app: 'a', pid: 77 } } },
    ],
    Unsubscribe: () => [success('Unsubscribed')],
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      while (bytes.length >= 4) {
        const length = bytes.readUInt32LE(0)
        if (length > 10 * 1024 * 1024) return socket.destroy()
        if (bytes.length < 4 + length) return
        const message = JSON.parse(bytes.toString('utf8', 4, 4 + length))
        bytes = bytes.subarray(4 + length)
        const [name, content] =
          typeof message === 'string'
            ? [message, {}]
            : (Object.entries(message)[0] as [string, object])
        for (const reply of answers[name]?.(content) ?? []) {
          const body = Buffer.from(JSON.stringify(reply))
          const header = Buffer.alloc(4)
          header.writeUInt32LE(body.length)
          socket.write(Buffer.concat([header, body]))
        }
      }
    })
  })
  mkdirSync(dirname(path), { recursive: true })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}
