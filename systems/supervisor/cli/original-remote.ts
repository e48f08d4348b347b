// An original daemon, over its own wire: what it has is used, what it has not is told.
import { type ConnectedClient, TielineError } from 'tieline'
import type { BunctlContract } from '../src/daemon/contract.js'
import type { EventFilter, SubscriberEvent } from '../src/domain/events.js'
import type { AppStatus } from '../src/domain/status.js'
import type { LastLines } from '../src/logs/app-logs.js'
import type { Remote, RemoteOptions } from './remote.js'

/** The original closes connections that say nothing for 30 s, also those of subscribers. */
const TALK_MS = 10_000
const KINDS = { status: 'StatusEvents', logs: 'LogEvents', all: 'AllEvents' } as const

type Logs =
  | { readonly type: 'single'; readonly app: string; readonly logs: LastLines }
  | { readonly type: 'all'; readonly apps: readonly (readonly [string, LastLines])[] }

export function originalRemote(
  client: ConnectedClient<typeof BunctlContract>,
  { signal, timeoutMs }: RemoteOptions,
): Remote {
  const options = { signal, timeout: timeoutMs }
  const status = async (name?: string): Promise<readonly AppStatus[]> => {
    const data = await client.Status({ name: name ?? null }, options)
    return (Array.isArray(data) ? data : [data]) as AppStatus[]
  }
  const started = async (message: string) => {
    const id = message.replace(/^Started app /, '')
    const [app] = await status(id)
    return { id, pid: app?.pid ?? 0, already: false }
  }

  async function* events({ kind, app }: EventFilter): AsyncGenerator<readonly SubscriberEvent[]> {
    const talk = setInterval(() => {
      // A failure ends the subscription too, and that is where it is told.
      client.List(undefined, options).catch(() => {})
    }, TALK_MS)
    try {
      const subscription = { kind: KINDS[kind], appName: app ?? null }
      for await (const item of client.Subscribe(subscription, options)) {
        if ('event_type' in item) yield [item]
      }
    } finally {
      clearInterval(talk)
    }
  }

  return {
    start: async (config) => {
      const { name } = config as { name: string }
      return started(await client.Start({ name, config: JSON.stringify(config) }, options))
    },
    startAgain: () => lacks('starting a known app again; name its command'),
    stop: async (name) => (await client.Stop({ name }, options)).replace(/^Stopped app /, ''),
    restart: async (name) => {
      const message = await client.Restart({ name }, options)
      const found = /^Restarted app (.*) with PID (\d+)$/.exec(message)
      return { id: found?.[1] ?? name, pid: found ? Number(found[2]) : null }
    },
    remove: async (name) => (await client.Delete({ name }, options)).replace(/^Deleted app /, ''),
    list: () => client.List(undefined, options),
    status,
    logs: async (name, lines) => {
      const logs = (await client.Logs({ name: name ?? null, lines }, options)) as Logs
      if (logs.type === 'single') return [{ app: logs.app, logs: logs.logs }]
      return logs.apps.map(([app, each]) => ({ app, logs: each }))
    },
    events,
    follow: ({ name }) => events({ kind: 'logs', ...(name === undefined ? {} : { app: name }) }),
    reload: () => lacks('reload'),
    save: () => lacks('save'),
    resurrect: () => lacks('resurrect'),
    shutdown: () => lacks('kill; end its process'),
    info: () => lacks('information about itself'),
    closed: client.$connection.peer?.closed ?? Promise.resolve(),
    close: () => client.$connection.close(),
  }
}

function lacks(what: string): Promise<never> {
  const message = `the daemon is an original one, which has no ${what}`
  return Promise.reject(new TielineError('unsupported', message, { origin: 'remote' }))
}
