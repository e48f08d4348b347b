// Our own methods, answered.
import { fail, type Handlers } from 'tieline'
import { readAppConfig } from '../config/app-config.js'
import type { SubscriberEvent } from '../domain/events.js'
import type { Supervisor } from '../domain/supervisor.js'
import type { DaemonInfo, Follow, SupervisorContract } from './contract.js'
import type { OriginalName } from './original-handlers.js'

export interface DaemonControl {
  info(): DaemonInfo
  /** Ends the daemon, once the answer is on its way. */
  shutdown(apps: 'stop' | 'leave'): void
}

type OurHandlers = Omit<Handlers<typeof SupervisorContract>, OriginalName>

/** Lines of the past when a caller does not say. */
const USUAL_LINES = 20

export function ourHandlers(supervisor: Supervisor, daemon: DaemonControl): OurHandlers {
  return {
    start: ({ config }) => supervisor.start(readAppConfig(config)),
    startAgain: ({ name }) => supervisor.startAgain(name),
    stop: async ({ name }) => ({ id: await supervisor.stop(name) }),
    restart: ({ name }) => supervisor.restart(name),
    remove: async ({ name }) => ({ id: await supervisor.delete(name) }),
    list: () => supervisor.list(),
    status: ({ name }) => (name === undefined ? supervisor.statuses() : [supervisor.status(name)]),
    logs: ({ name, lines = USUAL_LINES }) =>
      name === undefined
        ? supervisor.allLogs(lines).map(([app, logs]) => ({ app, logs }))
        : [supervisor.logs(name, lines)],
    events: (filter, { draining }) => {
      const subscription = supervisor.subscribe(filter)
      draining.addEventListener('abort', () => subscription.end(), { once: true })
      return subscription
    },
    follow: (params, { draining }) => {
      const { subscription, past } = follow(supervisor, params)
      draining.addEventListener('abort', () => subscription.end(), { once: true })
      return after(past, subscription)
    },
    reload: ({ configs }) => supervisor.reload(configs.map(readAppConfig)),
    save: () => supervisor.save(),
    resurrect: async () => {
      const changes = await supervisor.resurrect()
      if (changes) return changes
      throw fail('nothing-saved', 'there is no saved list of apps; superctl save makes one')
    },
    shutdown: ({ apps }) => daemon.shutdown(apps),
    info: () => daemon.info(),
  }
}

/** Both in one go: a line is in the past or comes later, never both and never neither. */
function follow(supervisor: Supervisor, { name, lines = USUAL_LINES }: Follow) {
  const all = name === undefined ? supervisor.allLogs(lines) : [one(supervisor, name, lines)]
  // A batch for each output of each app, as all of them might be more than one message can hold.
  const past = all.flatMap(([app, { errors, output }]): Batch[] => [
    output.map((line) => logLine(app, 'stdout', line)),
    errors.map((line) => logLine(app, 'stderr', line)),
  ])
  const filter = { kind: 'logs', ...(name === undefined ? {} : { app: name }) } as const
  return { subscription: supervisor.subscribe(filter), past }
}

function one(supervisor: Supervisor, name: string, lines: number) {
  const { app, logs } = supervisor.logs(name, lines)
  return [app, logs] as const
}

function logLine(app: string, stream: 'stdout' | 'stderr', line: string): SubscriberEvent {
  return { event_type: 'log_line', data: { app, stream, line } }
}

type Batch = readonly SubscriberEvent[]

/** The past, then the subscription. A generator would not hear that it is left. */
function after(
  past: readonly Batch[],
  subscription: AsyncIterableIterator<Batch>,
): AsyncIterableIterator<Batch> {
  const batches = past.filter((batch) => batch.length > 0)
  return {
    next() {
      const value = batches.shift()
      return value === undefined ? subscription.next() : Promise.resolve({ done: false, value })
    },
    return: () => subscription.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
