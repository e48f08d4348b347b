// The daemon as commands start it, and as it is killed: real processes throughout.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { CommandBench, finished } from '../src/testing/command.js'
import { until } from '../src/testing/supervised.js'

// A ceiling: each test here starts many programs, one after the other.
vi.setConfig({ testTimeout: 180_000 })

interface Status {
  readonly name: string
  readonly state: string
  readonly pid: number | null
}

const sleeper = ['--', 'sleep', '60']
const COUNT = ['--', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done']

it('is started by the first command; 50 at once start exactly one (row 34)', async () => {
  await using bench = new CommandBench()
  const all = await Promise.all(Array.from({ length: 50 }, () => bench.run('status')))
  expect(all.filter(({ code }) => code !== 0)).toEqual([])
  expect(bench.daemons).toHaveLength(1)
  const log = readFileSync(join(bench.state, 'daemon.log'), 'utf8')
  expect(log.match(/listening at/g)).toHaveLength(1)
}, 60_000)

it('killed with SIGKILL again and again finds its apps again, and never runs two of one (row 35)', async () => {
  await using bench = new CommandBench()
  await bench.run('start', 'a', ...COUNT)
  await bench.run('start', 'b', '--restart', 'always', ...sleeper)
  const before = await bench.json<Status[]>('status')
  for (let round = 0; round < 5; round++) {
    const [daemon] = bench.daemons
    process.kill(daemon as number, 'SIGKILL')
    await until(() => bench.daemons.length === 0)
    const after = await bench.json<Status[]>('status')
    expect(after.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid))
  }
  const apps = bench.processes.filter(({ command }) => command.endsWith('sleep 60'))
  expect(apps).toHaveLength(1)
}, 60_000)

it('killed while it starts apps never leaves two of one (row 35)', async () => {
  await using bench = new CommandBench()
  await bench.run('status')
  for (let round = 0; round < 5; round++) {
    const starting = ['x', 'y', 'z'].map((name) => bench.run('start', name, ...sleeper))
    await new Promise((resolve) => setTimeout(resolve, 120 + round * 25))
    for (const daemon of bench.daemons) process.kill(daemon, 'SIGKILL')
    await Promise.all(starting)
    const apps = await bench.json<Status[]>('status')
    const running = bench.processes.filter(({ command }) => command.endsWith('sleep 60'))
    expect(running.map(({ pid }) => pid).sort()).toEqual(
      apps.flatMap(({ pid }) => pid ?? []).sort(),
    )
  }
}, 60_000)

it('ends with its apps, or leaves them for the next one', async () => {
  await using bench = new CommandBench()
  const { pid } = await bench.json<{ pid: number }>('start', 'a', ...sleeper)
  expect((await bench.run('kill', '--leave')).out).toBe('ended the daemon; its apps go on\n')
  expect(bench.processes.map((each) => each.pid)).toEqual([pid])
  expect((await bench.json<Status>('status', 'a')).pid).toBe(pid)
  expect((await bench.run('kill')).out).toBe('ended the daemon and its apps\n')
  expect(bench.processes).toEqual([])
  expect((await bench.run('kill')).out).toBe('there is no daemon\n')
  expect((await bench.json<Status>('status', 'a')).state).toBe('stopped')
})

it.each([
  ['SIGTERM', ['daemon'], 0],
  ['SIGTERM', ['daemon', '--leave'], 1],
] as const)('in the foreground, told %s with %j, leaves %i apps', async (signal, args, left) => {
  await using bench = new CommandBench()
  const daemon = bench.spawn(...args)
  const ended = finished(daemon)
  await until(() => existsSync(bench.socket))
  await bench.run('start', 'a', ...sleeper)
  daemon.kill(signal)
  expect((await ended).code).toBe(0)
  expect(bench.processes).toHaveLength(left)
  // What was running is running again with the next daemon.
  expect((await bench.json<Status>('status', 'a')).state).toBe('running')
})
