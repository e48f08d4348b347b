// The faults of the original, each as what must not happen again.
import { expect, it } from 'vitest'
import { Supervised } from '../testing/supervised.js'

const FOREVER = 'while :; do sleep 0.05; done'

/** Long enough for a monitor to undo what was done, as the original's does. */
const moment = () => new Promise((resolve) => setTimeout(resolve, 300))

it.each(['on-failure', 'always', 'unless-stopped'])(
  'a stopped app with the policy %s stays stopped (the original starts it again)',
  async (restart_policy) => {
    await using test = await Supervised.open()
    await test.shell(FOREVER, { restart_policy })
    await test.supervisor.stop('app')
    await moment()
    expect(test.processes).toEqual([])
    expect(test.told).toEqual([
      'starting',
      'process_started',
      'running',
      'process_exited',
      'stopped',
    ])
    expect(test.supervisor.status('app')).toMatchObject({ state: 'stopped', pid: null })
  },
)

it('restart leaves exactly one process (the original starts two and loses one)', async () => {
  await using test = await Supervised.open()
  const first = await test.start({ command: 'sleep', args: ['60'], restart_policy: 'always' })
  const { pid } = await test.supervisor.restart('app')
  await moment()
  expect(pid).not.toBe(first.pid)
  expect(test.processes).toEqual([pid])
  await Promise.all([1, 2, 3].map(() => test.supervisor.restart('app')))
  expect(test.processes).toHaveLength(1)
})

it('delete ends the app (the original leaves an orphan)', async () => {
  await using test = await Supervised.open()
  await test.shell(FOREVER, { restart_policy: 'always' })
  await test.supervisor.delete('app')
  await moment()
  expect(test.processes).toEqual([])
  expect(test.supervisor.list()).toEqual([])
  expect(test.told.slice(-2)).toEqual(['process_exited', 'removed'])
  await expect(test.supervisor.stop('app')).rejects.toThrow('App app not found')
})

it('delete and start at the same time end in one app or none, never in an orphan', async () => {
  await using test = await Supervised.open()
  for (let round = 0; round < 10; round++) {
    await test.start({ command: 'sleep', args: ['60'] })
    await Promise.all([
      test.supervisor.delete('app'),
      test.start({ command: 'sleep', args: ['60'] }),
      test.supervisor.restart('app').catch(() => {}),
    ])
    expect(test.supervisor.list()).toEqual(['app'])
    expect(test.processes).toEqual([test.supervisor.status('app').pid])
  }
})

it('an app that prints lives on, and its log is there (the original breaks its pipe)', async () => {
  await using test = await Supervised.open()
  await test.shell(`echo to out; echo to err >&2; echo again; ${FOREVER}`)
  await test.until(
    () => test.told.includes('log_line again') && test.told.includes('log_line to err'),
  )
  expect(test.processes.length).toBeGreaterThan(0)
  expect(test.read('logs/app.out.log')).toBe('to out\nagain\n')
  expect(test.read('logs/app.err.log')).toBe('to err\n')
  expect(test.supervisor.logs('app', 1)).toEqual({
    app: 'app',
    logs: { output: ['again'], errors: ['to err'] },
  })
})

it('the whole group ends, grandchildren too (the original kills the child alone)', async () => {
  await using test = await Supervised.open()
  await test.shell(`(sleep 60 & sleep 61) & sh -c 'trap "" TERM; ${FOREVER}' & wait`, {
    stop_timeout: 0.3,
  })
  await test.until(() => test.processes.length >= 4)
  await test.supervisor.stop('app')
  expect(test.processes).toEqual([])
})

it('process_started comes once on an automatic restart (the original sends it twice)', async () => {
  await using test = await Supervised.open()
  await test.shell('test -e again && exec sleep 60; touch again; exit 3')
  await test.until(() => test.told.filter((each) => each === 'running').length === 2)
  await moment()
  expect(test.told).toEqual([
    'starting',
    'process_started',
    'running',
    'process_exited',
    'process_crashed',
    'crashed',
    'process_restarting',
    'starting',
    'process_started',
    'running',
  ])
  expect(test.events[3]?.data).toEqual({ app: 'app', exit_code: 3 })
  expect(test.events[6]?.data).toEqual({ app: 'app', attempt: 1, delay_ms: 10 })
  expect(test.supervisor.status('app')).toMatchObject({ restarts: 1, last_exit_code: 3 })
})

it('log_line is sent, with the app and the stream (the original never sends it)', async () => {
  await using test = await Supervised.open()
  await test.shell(`echo hello; ${FOREVER}`)
  const event = await test.until(() => test.events.find((each) => each.event_type === 'log_line'))
  expect(event).toEqual({
    event_type: 'log_line',
    data: { app: 'app', stream: 'stdout', line: 'hello' },
  })
})

it('a failing health check restarts the app (in the original it does nothing)', async () => {
  await using test = await Supervised.open()
  await test.shell(FOREVER, {
    health_check: {
      check_type: { exec: { command: 'test', args: ['-e', 'healthy'] } },
      interval: '20ms',
      retries: 2,
    },
  })
  await test.until(() => test.told.filter((each) => each === 'running').length === 2)
  expect(test.told.slice(3, 9)).toEqual([
    'health_check_failed',
    'health_check_failed',
    'process_exited',
    'process_crashed',
    'crashed',
    'process_restarting',
  ])
  expect(test.events[3]?.data).toEqual({
    app: 'app',
    reason: 'test ended with 1',
    failures: 1,
    retries: 2,
  })
})

it('reload changes what differs and nothing else (in the original it does nothing)', async () => {
  await using test = await Supervised.open()
  const sleeper = (name: string, more: object = {}) => ({
    name,
    command: 'sleep',
    args: ['60'],
    ...more,
  })
  for (const name of ['same', 'changed', 'policy', 'other']) await test.start(sleeper(name))
  const before = test.supervisor.statuses()
  const changes = await test.supervisor.reload([
    test.config(sleeper('same')),
    test.config(sleeper('changed', { args: ['61'] })),
    test.config(sleeper('policy', { restart_policy: 'always' })),
    test.config(sleeper('new')),
    test.config(sleeper('bad', { command: '/no/such/program' })),
  ])
  expect(changes.map(({ id, action }) => [id, action])).toEqual([
    ['same', 'unchanged'],
    ['changed', 'restarted'],
    ['policy', 'updated'],
    ['new', 'started'],
    ['bad', 'failed'],
  ])
  const pid = (name: string) => test.supervisor.status(name).pid
  const was = (name: string) => before.find((app) => app.name === name)?.pid
  for (const name of ['same', 'policy', 'other']) expect(pid(name)).toBe(was(name))
  expect(pid('changed')).not.toBe(was('changed'))
  expect(test.supervisor.status('policy').restart_policy).toBe('always')
})
