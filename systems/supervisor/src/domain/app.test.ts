// Real programs under a supervisor: how they are started, watched, restarted and ended.

import { execFile } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readStatus, root } from '../testing/machine.js'
import { Supervised } from '../testing/supervised.js'

const FOREVER = 'while :; do sleep 0.05; done'
const PYTHON = '/usr/bin/python3'

describe('start', () => {
  it('gives arguments to the program as they are, and nothing to a shell (row 34)', async () => {
    await using test = await Supervised.open()
    const args = ['$(touch hacked)', '; touch hacked', 'a b', "'", '"', '\n', '*']
    const script = 'import sys, json; print(json.dumps(sys.argv[1:]))'
    await test.start({ command: PYTHON, args: ['-c', script, ...args] })
    const line = await test.until(() => test.told.find((each) => each.startsWith('log_line')))
    expect(JSON.parse(line.slice('log_line '.length))).toEqual(args)
    expect(() => test.read('hacked')).toThrow('ENOENT')
  })

  it('runs in the directory, with the environment and its files, the configuration last', async () => {
    await using test = await Supervised.open()
    writeFileSync(join(test.directory, '.env'), 'A=file\nB="from file"\n# no\n')
    await test.shell('echo $PWD $A $B $SUPERCTL_APP', {
      env_file: join(test.directory, '.env'),
      env: { A: 'config' },
    })
    await test.until(() => test.told.includes(`log_line ${test.directory} config from file app`))
  })

  it('leaves an app that runs as it is, however many start it at once', async () => {
    await using test = await Supervised.open()
    const started = await Promise.all(
      Array.from({ length: 20 }, () => test.start({ command: 'sleep', args: ['60'] })),
    )
    expect(started.filter(({ already }) => !already)).toHaveLength(1)
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(1)
    expect(test.processes).toHaveLength(1)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a program that is not there', { command: '/no/such' }, 'there is no program /no/such'],
    ['one that is no program', { command: '/etc/passwd' }, '/etc/passwd is no program'],
    [
      'a directory that is not there',
      { command: 'true', cwd: '/no/such' },
      'or no directory /no/such',
    ],
    ['an env file that is not there', { command: 'true', env_file: '/no/.env' }, 'ENOENT'],
  ])('refuses %s, and does not try again', async (_, fields, message) => {
    await using test = await Supervised.open()
    await expect(test.start(fields)).rejects.toThrow(message)
    await expect(test.supervisor.startAgain('app')).rejects.toThrow(/^Failed to start app app: /)
    expect(test.supervisor.status('app')).toMatchObject({ state: 'crashed', pid: null })
    expect(test.told.slice(0, 3)).toEqual(['starting', 'process_crashed', 'crashed'])
  })

  it.skipIf(!root)('says that uid and gid need root, when the daemon is not root', async () => {
    const library = fileURLToPath(new URL('../../dist/src/index.js', import.meta.url))
    const script = `
      import { readAppConfig, Supervisor } from ${JSON.stringify(library)}
      const supervisor = await Supervisor.open({ directory: process.argv[1] })
      const config = { name: 'a', command: 'true', uid: 0, cwd: '/' }
      await supervisor.start(readAppConfig(config)).catch((error) => console.log(error.message))
      await supervisor.close({ apps: 'stop' })`
    const directory = mkdtempSync(join(tmpdir(), 'superctl-nobody-'))
    chownSync(directory, 65_534, 65_534)
    const args = ['--input-type=module', '-e', script, directory]
    const nobody = { uid: 65_534, gid: 65_534, cwd: '/', env: {} }
    const { stdout } = await promisify(execFile)(process.execPath, args, nobody)
    rmSync(directory, { recursive: true, force: true })
    expect(stdout).toBe(
      'Failed to start app a: uid and gid of an app need a daemon that runs as root\n',
    )
  })

  it.skipIf(!root)('runs as another user and group, when the daemon is root', async () => {
    await using test = await Supervised.open()
    await test.shell(`id -u; id -g; ${FOREVER}`, { uid: 65_534, gid: 65_533, cwd: '/' })
    await test.until(() => test.told.includes('log_line 65533'))
    expect(test.told).toContain('log_line 65534')
    expect(readStatus(test.processes[0] as number, 'Uid')).toBe('65534')
    await test.supervisor.stop('app')
    expect(test.processes).toEqual([])
  })
})

describe('restart policies', () => {
  it.each<[string, number, string, boolean]>([
    ['no', 1, 'crashed', false],
    ['no', 0, 'stopped', false],
    ['on-failure', 0, 'stopped', false],
    ['on-failure', 1, 'running', true],
    ['always', 0, 'running', true],
    ['unless-stopped', 0, 'running', true],
  ])('%s, after exit code %i: %s', async (restart_policy, code, state, again) => {
    await using test = await Supervised.open()
    await test.shell(`test -e again && exec sleep 60; touch again; exit ${code}`, {
      restart_policy,
    })
    const times = again ? 2 : 1
    await test.until(
      () =>
        test.told.filter((each) => each === 'process_started').length === times &&
        test.told.at(-1) === state,
    )
    expect(test.supervisor.status('app').state).toBe(state)
  })

  it('waits longer from failure to failure, and gives up after max_attempts', async () => {
    await using test = await Supervised.open()
    await test.shell('exit 1', {
      backoff: { base_delay_ms: 5, multiplier: 3, jitter: 0, max_attempts: 3 },
    })
    await test.until(() => test.told.includes('backoff_exhausted'))
    const restarts = test.events.flatMap((event) =>
      event.event_type === 'process_restarting' ? [event.data.delay_ms] : [],
    )
    expect(restarts).toEqual([5, 15, 45])
    expect(test.supervisor.status('app')).toMatchObject({
      state: 'backoff_exhausted',
      backoff_exhausted: true,
      restarts: 3,
      max_restart_attempts: 3,
    })
    const { already } = await test.supervisor.startAgain('app')
    expect(already).toBe(false)
  })

  it('removes an app whose restarts are used up, when it is told so', async () => {
    await using test = await Supervised.open()
    await test.shell('exit 1', { backoff: { max_attempts: 0, exhausted_action: 'remove' } })
    await test.until(() => test.told.includes('removed'))
    expect(test.supervisor.list()).toEqual([])
  })

  it('takes an end by a signal for a failure, and tells the signal', async () => {
    await using test = await Supervised.open()
    await test.shell('kill -SEGV $$', { restart_policy: 'no' })
    await test.until(() => test.told.includes('crashed'))
    expect(test.events[3]?.data).toEqual({ app: 'app', exit_code: null, signal: 'SIGSEGV' })
    expect(test.events[4]?.data).toEqual({ app: 'app', reason: 'it was ended by SIGSEGV' })
  })

  it('ends what a crashed app left of its group before it starts it again', async () => {
    await using test = await Supervised.open()
    await test.shell('sleep 60 & test -e again && exec sleep 61; touch again; sleep 0.3; exit 1')
    const first = await test.until(() => test.processes.length > 1 && test.processes)
    await test.until(() => test.told.filter((each) => each === 'running').length === 2)
    await test.until(() => test.processes.length === 2)
    expect(test.processes.filter((pid) => first.includes(pid))).toEqual([])
  })

  it('stops an app that waits for its restart', async () => {
    await using test = await Supervised.open()
    await test.shell('exit 1', { backoff: { base_delay_ms: 60_000 } })
    await test.until(() => test.told.includes('process_restarting'))
    expect(test.supervisor.status('app').restart_in_ms).toBeGreaterThan(0)
    await test.supervisor.stop('app')
    expect(test.supervisor.status('app')).toMatchObject({ state: 'stopped', restart_in_ms: null })
    await expect(test.supervisor.stop('app')).rejects.toThrow('App app is not running')
  })
})

describe('stop', () => {
  it('sends the signal that is configured, and lets the app end by itself', async () => {
    await using test = await Supervised.open()
    await test.shell(`trap 'echo bye; exit 0' INT; ${FOREVER}`, { stop_signal: 'SIGINT' })
    await test.until(() => test.processes.length === 2)
    await test.supervisor.stop('app')
    expect(test.told.slice(3)).toEqual(['log_line bye', 'process_exited', 'stopped'])
    expect(test.supervisor.status('app').last_exit_code).toBe(0)
  })

  it.each([
    ['sh', '/bin/sh', ['-c', `trap '' TERM; echo ready; ${FOREVER}`]],
    [
      'node',
      process.execPath,
      ['-e', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('ready')`],
    ],
    [
      'python3',
      PYTHON,
      [
        '-c',
        'import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint("ready", flush=True)\ntime.sleep(60)',
      ],
    ],
  ])('kills %s that ignores SIGTERM when stop_timeout has passed', async (_, command, args) => {
    await using test = await Supervised.open()
    await test.start({ command, args, stop_timeout: '100ms' })
    await test.until(() => test.told.includes('log_line ready'))
    await test.supervisor.stop('app')
    expect(test.processes).toEqual([])
    expect(test.events.at(-2)?.data).toEqual({ app: 'app', exit_code: null, signal: 'SIGKILL' })
  })

  it('ends a process that was stopped with SIGSTOP', async () => {
    await using test = await Supervised.open()
    const { pid } = await test.start({ command: 'sleep', args: ['60'] })
    process.kill(pid, 'SIGSTOP')
    await test.supervisor.stop('app')
    expect(test.processes).toEqual([])
  })

  it('ends an app that became another program by exec', async () => {
    await using test = await Supervised.open()
    const { pid } = await test.shell('exec sleep 60')
    await test.until(() => readStatus(pid, 'Name') === 'sleep')
    await test.supervisor.stop('app')
    expect(test.processes).toEqual([])
  })
})

describe('output', () => {
  it('keeps an app that closes its stdout, and one that prints after that', async () => {
    await using test = await Supervised.open()
    const script =
      'import os, sys, time\nprint("one", flush=True)\nos.close(1)\nprint("err", file=sys.stderr, flush=True)\ntime.sleep(60)'
    const { pid } = await test.start({ command: PYTHON, args: ['-c', script] })
    await test.until(() => test.told.includes('log_line err'))
    expect(test.processes).toEqual([pid])
  })

  it('tells the last lines of a run before its end', async () => {
    await using test = await Supervised.open()
    await test.shell('for i in 1 2 3; do echo $i; done; printf end', { restart_policy: 'no' })
    await test.until(() => test.told.includes('stopped'))
    expect(test.told.slice(3)).toEqual([
      'log_line 1',
      'log_line 2',
      'log_line 3',
      'log_line end',
      'process_exited',
      'stopped',
    ])
  })

  it('writes to the files that are configured, both outputs in one as well', async () => {
    await using test = await Supervised.open()
    const at = (name: string) => join(test.directory, 'mine', name)
    await test.shell('echo out; sleep 0.2; echo err >&2', {
      stdout_log: at('o.log'),
      combined_log: at('all.log'),
    })
    await test.until(() => test.told.includes('stopped'))
    expect(test.read('mine/o.log')).toBe('out\n')
    expect(test.read('mine/all.log')).toBe('out\nerr\n')
    expect(test.read('logs/app.err.log')).toBe('err\n')
  })

  it('bounds 1 GiB of lines through a subscription that nobody reads, and counts the loss (row 34)', async () => {
    await using test = await Supervised.open()
    const slow = test.supervisor.subscribe({ kind: 'logs' })
    const before = process.memoryUsage().rss
    await test.shell(`yes ${'x'.repeat(1023)} | head -c 1073741824`, {
      log_max_size: '4M',
      log_max_files: 2,
    })
    // Commands are answered all the while.
    const answered: number[] = []
    const asking = setInterval(() => answered.push(test.supervisor.list().length), 50)
    await test.until(() => test.told.includes('process_exited'))
    clearInterval(asking)
    expect(answered.length).toBeGreaterThan(3)
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 * 1024)
    expect(slow.waiting).toBeLessThanOrEqual(8192)
    const first = (await slow.next()).value?.[0]
    expect(first?.event_type).toBe('events_lost')
    const lost = first?.event_type === 'events_lost' ? first.data.count : 0
    expect(lost).toBeGreaterThan(100_000)
  }, 60_000)
})

describe('limits and health', () => {
  it('restarts an app whose group uses more memory than it may', async () => {
    await using test = await Supervised.open()
    const script =
      'import os, time\nx = b"x" * 80_000_000 if not os.path.exists("again") else 0\nopen("again", "w")\ntime.sleep(60)'
    await test.start({
      command: '/bin/sh',
      args: ['-c', `${PYTHON} -c '${script}' & wait`],
      max_memory: '60M',
    })
    await test.until(() => test.told.filter((each) => each === 'running').length === 2)
    expect(test.told.slice(3, 7)).toEqual([
      'resource_limit_exceeded',
      'process_exited',
      'process_crashed',
      'crashed',
    ])
    expect(test.events[3]?.data).toMatchObject({ resource: 'memory', limit: 62_914_560 })
  })

  it('restarts an app that uses more of the processor than it may for seconds', async () => {
    await using test = await Supervised.open()
    await test.shell('test -e again && exec sleep 60; touch again; while :; do :; done', {
      // However many others want the processor: so much it gets in every second.
      max_cpu_percent: 1,
    })
    await test.until(() => test.told.filter((each) => each === 'running').length === 2)
    expect(test.events[3]?.data).toMatchObject({ resource: 'cpu', limit: 1 })
  })

  it('tells what the whole group uses', async () => {
    await using test = await Supervised.open()
    await test.start({
      command: '/bin/sh',
      args: ['-c', `${PYTHON} -c 'x = b"x" * 50_000_000\nwhile True: pass' & wait`],
    })
    const status = await test.until(() => {
      const now = test.supervisor.status('app')
      return (now.memory_bytes ?? 0) > 50_000_000 && (now.cpu_percent ?? 0) > 0 ? now : undefined
    })
    expect(status.cpu_percent).toBeLessThan(1000)
    expect(status.memory_bytes).toBeLessThan(200_000_000)
  })

  it('asks over HTTP and TCP, and is content while they answer', async () => {
    await using test = await Supervised.open()
    let status = 200
    const http = createHttpServer((_, response) => response.writeHead(status).end())
    const tcp = createServer((socket) => socket.end())
    await Promise.all([
      new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve)),
      new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve)),
    ])
    const { port } = http.address() as AddressInfo
    const check = (name: string, check_type: object) =>
      test.start({
        name,
        command: 'sleep',
        args: ['60'],
        health_check: { check_type, interval: '20ms', timeout: '30s', retries: 1 },
      })
    await check('http', { http: { url: `http://127.0.0.1:${port}/` } })
    await check('tcp', { tcp: { port: (tcp.address() as AddressInfo).port } })
    await test.until(() => test.supervisor.statuses().every(({ healthy }) => healthy === true))
    expect(test.told).not.toContain('health_check_failed')
    status = 503
    const failed = await test.until(() =>
      test.events.find(({ event_type }) => event_type === 'health_check_failed'),
    )
    expect(failed.data).toMatchObject({
      app: 'http',
      reason: `http://127.0.0.1:${port}/ answered 503`,
    })
    http.close()
    tcp.close()
  })

  it('does not count failures in the start period', async () => {
    await using test = await Supervised.open()
    await test.shell(`sleep 0.4; touch healthy; ${FOREVER}`, {
      health_check: {
        check_type: { exec: { command: 'test', args: ['-e', 'healthy'] } },
        interval: '20ms',
        retries: 1,
        start_period: '30s',
      },
    })
    await test.until(() => test.supervisor.status('app').healthy === true)
    expect(test.told).not.toContain('health_check_failed')
  })

  it('takes a check that hangs for failed when its timeout has passed, and ends it', async () => {
    await using test = await Supervised.open()
    await test.start({
      command: 'sleep',
      args: ['60'],
      health_check: {
        check_type: { exec: { command: 'sleep', args: ['50'] } },
        interval: '20ms',
        timeout: '100ms',
        retries: 100,
      },
    })
    const failed = await test.until(() =>
      test.events.find(({ event_type }) => event_type === 'health_check_failed'),
    )
    expect(failed.data).toMatchObject({ reason: 'no answer within 100 ms' })
  })
})
