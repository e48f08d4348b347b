// What the next daemon finds when the one before it was killed. The first supervisor here is simply
// forgotten, which is all that SIGKILL leaves of one; with real processes: cli/daemon.test.ts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Supervised } from '../testing/supervised.js'

const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done'

/** Leaves the apps as a daemon that ends by itself and is told so. */
async function left(test: Supervised): Promise<Supervised> {
  await test.supervisor.close({ apps: 'leave' })
  return Supervised.open(test)
}

function recordOf(test: Supervised, id = 'app') {
  const path = join(test.directory, 'apps', `${id}.json`)
  const file = JSON.parse(readFileSync(path, 'utf8'))
  const write = (run: object) =>
    writeFileSync(
      path,
      JSON.stringify({ ...file, app: { ...file.app, run: { ...file.app.run, ...run } } }),
    )
  return { run: file.app.run as { pid: number; startTime: string; token: string }, write }
}

it('adopts an app that lives: the same process, its log without a gap', async () => {
  await using test = await Supervised.open()
  const { pid } = await test.shell(COUNT)
  await test.until(() => test.told.includes('log_line 3'))
  await using next = await left(test)
  expect(next.supervisor.status('app')).toMatchObject({ state: 'running', pid })
  const reached = Number(next.supervisor.logs('app', 1).logs.output[0])
  await next.until(() => next.told.includes(`log_line ${reached + 5}`))
  const lines = next.read('logs/app.out.log').trim().split('\n').map(Number)
  expect(lines).toEqual(lines.map((_, index) => index + 1))
  await next.supervisor.stop('app')
  expect(next.processes).toEqual([])
})

it('notices the end of an adopted app, and restarts it as its policy says', async () => {
  await using test = await Supervised.open()
  const { pid } = await test.start({ command: 'sleep', args: ['60'] })
  await using next = await left(test)
  process.kill(pid, 'SIGKILL')
  await next.until(() => next.told.includes('running'))
  expect(next.told.slice(0, 4)).toEqual([
    'process_exited',
    'process_crashed',
    'crashed',
    'process_restarting',
  ])
  expect(next.processes).toHaveLength(1)
})

it('never takes another process of the same pid for the app', async () => {
  await using test = await Supervised.open()
  await test.start({ command: 'sleep', args: ['60'] })
  await test.supervisor.close({ apps: 'leave' })
  const { run, write } = recordOf(test)
  // As if the number had gone to us, who began at another time.
  write({ pid: process.pid })
  process.kill(run.pid, 'SIGKILL')
  await using next = await Supervised.open(test)
  await next.supervisor.list()
  expect(next.supervisor.status('app').pid).not.toBe(process.pid)
  expect(next.processes).toEqual([next.supervisor.status('app').pid])
})

it('finds an app whose pid was never written down by its mark, and starts no second', async () => {
  await using test = await Supervised.open()
  const { pid } = await test.start({ command: 'sleep', args: ['60'] })
  await test.supervisor.close({ apps: 'leave' })
  recordOf(test).write({ pid: undefined, startTime: undefined })
  await using next = await Supervised.open(test)
  expect(next.supervisor.status('app').pid).toBe(pid)
  expect(next.processes).toEqual([pid])
})

it('ends what is left of a dead app before it starts it again', async () => {
  await using test = await Supervised.open()
  const { pid } = await test.shell('sleep 60 & exec sleep 61')
  await test.until(() => test.processes.length === 2)
  const [orphan] = test.processes.filter((each) => each !== pid)
  await test.supervisor.close({ apps: 'leave' })
  process.kill(pid, 'SIGKILL')
  await test.until(() => !test.processes.includes(pid))
  await using next = await Supervised.open(test)
  expect(next.processes).not.toContain(orphan)
  await next.until(() => next.processes.length === 2)
})

it.each<[string, object, boolean, boolean]>([
  ['restarts one that was running', {}, true, true],
  ['leaves one that was stopped', {}, false, false],
  ['leaves one with the policy no', { restart_policy: 'no' }, true, false],
  ['starts a stopped one with the policy always', { restart_policy: 'always' }, false, true],
  ['leaves a stopped one with unless-stopped', { restart_policy: 'unless-stopped' }, false, false],
  ['starts a stopped one with auto_start', { auto_start: true }, false, true],
])('of dead apps it %s', async (_, fields, wasRunning, again) => {
  await using test = await Supervised.open()
  await test.start({ command: 'sleep', args: ['60'], ...fields })
  if (!wasRunning) await test.supervisor.stop('app')
  await test.supervisor.close({ apps: 'stop' })
  expect(test.processes).toEqual([])
  await using next = await Supervised.open(test)
  expect(next.processes).toHaveLength(again ? 1 : 0)
  expect(next.supervisor.status('app').state).toBe(again ? 'running' : 'stopped')
})

it('passes over a damaged file and says so; the others are found', async () => {
  await using test = await Supervised.open()
  await test.start({ command: 'sleep', args: ['60'] })
  await test.supervisor.close({ apps: 'leave' })
  writeFileSync(join(test.directory, 'apps', 'torn.json'), '{"version": 1, "app"')
  await using next = await Supervised.open(test)
  expect(next.supervisor.list()).toEqual(['app'])
  expect(next.log.join()).toContain('torn.json is passed over')
  expect(readdirSync(join(test.directory, 'apps'))).toContain('torn.json')
})

it('keeps a list of apps, and starts those of it that do not run', async () => {
  await using test = await Supervised.open()
  for (const name of ['a', 'b']) await test.start({ name, command: 'sleep', args: ['60'] })
  expect(await test.supervisor.resurrect()).toBeUndefined()
  expect(test.supervisor.save().apps).toBe(2)
  await test.supervisor.delete('a')
  expect(await test.supervisor.resurrect()).toEqual([
    { id: 'a', action: 'started' },
    { id: 'b', action: 'unchanged' },
  ])
})

it('starts nothing any more once it is closing', async () => {
  await using test = await Supervised.open()
  await test.start({ command: 'sleep', args: ['60'] })
  const closing = test.supervisor.close({ apps: 'stop' })
  await expect(test.start({ name: 'late', command: 'sleep', args: ['60'] })).rejects.toMatchObject({
    code: 'unavailable',
  })
  await expect(test.start({ command: 'sleep', args: ['60'] })).rejects.toThrow()
  await closing
  expect(test.processes).toEqual([])
})
