// What the daemon serves. The methods with small letters are ours; those with capitals are the
// original's commands, as its wire names them, so that both are answered on one socket.
import { type Client, call, contract, stream, type } from 'tieline'
import { type CommandName, type CommandParams, readParams } from '../bunctl/commands.js'
import type { Change } from '../domain/change.js'
import type { EventFilter, SubscriberEvent } from '../domain/events.js'
import type { AppStatus } from '../domain/status.js'
import type { LastLines } from '../logs/app-logs.js'
import { checkedBy, object, oneOf } from './schema.js'

export interface Started {
  readonly id: string
  readonly pid: number
  /** It ran already and was left as it is. */
  readonly already: boolean
}

export interface DaemonInfo {
  readonly version: string
  readonly pid: number
  readonly directory: string
  readonly uptime_seconds: number
  readonly apps: number
  readonly subscribers: number
}

export interface Follow {
  /** All apps when left out. */
  readonly name?: string
  /** Lines of the past that come first. */
  readonly lines?: number
}

const name = object<{ name: string }>({ name: 'text' })
const filter = checkedBy<EventFilter>((value) => {
  const { kind, app } = value as { kind?: unknown; app?: unknown }
  if (app !== undefined && typeof app !== 'string') throw new Error('app must be a text')
  const read = oneOf('kind', ['status', 'logs', 'all'] as const, kind)
  return app === undefined ? { kind: read } : { kind: read, app }
})

/** Configurations are as in bunctl.json: see docs/supervisor.md. */
const ours = {
  start: call({
    input: object<{ config: object }>({ config: 'object' }),
    output: type<Started>(),
    summary: 'Starts an app from its configuration, unless it runs already.',
  }),
  startAgain: call({ input: name, output: type<Started>(), summary: 'Starts a known app again.' }),
  stop: call({ input: name, output: type<{ id: string }>(), summary: 'Ends an app.' }),
  restart: call({ input: name, output: type<{ id: string; pid: number }>() }),
  remove: call({
    input: name,
    output: type<{ id: string }>(),
    summary: 'Ends an app and forgets it.',
  }),
  list: call({ output: type<readonly string[]>(), idempotent: true }),
  status: call({
    input: object<{ name?: string }>({ name: 'text?' }),
    output: type<readonly AppStatus[]>(),
    idempotent: true,
    summary: 'How one app does, or all of them.',
  }),
  logs: call({
    input: object<Follow>({ name: 'text?', lines: 'integer?' }),
    output: type<readonly { app: string; logs: LastLines }[]>(),
    idempotent: true,
    summary: 'The last lines of one app, or of all.',
  }),
  events: stream({
    input: filter,
    output: type<readonly SubscriberEvent[]>(),
    summary: 'What happens, in batches. A slow reader loses the oldest and is told how many.',
  }),
  follow: stream({
    input: object<Follow>({ name: 'text?', lines: 'integer?' }),
    output: type<readonly SubscriberEvent[]>(),
    summary: 'The last lines, then the lines as they come, with none missing in between.',
  }),
  reload: call({
    input: object<{ configs: readonly unknown[] }>({ configs: 'list' }),
    output: type<readonly Change[]>(),
    summary: 'Brings apps to these configurations, changing only what differs.',
  }),
  save: call({ output: type<{ path: string; apps: number }>() }),
  resurrect: call({ output: type<readonly Change[]>() }),
  shutdown: call({
    input: checkedBy<{ apps: 'stop' | 'leave' }>((value) => ({
      apps: oneOf('apps', ['stop', 'leave'] as const, (value as { apps?: unknown })?.apps),
    })),
    summary: 'Ends the daemon. Its apps are ended too, or left to go on.',
  }),
  info: call({ output: type<DaemonInfo>(), idempotent: true }),
}

function command<N extends CommandName>(of: N) {
  return checkedBy<CommandParams[N]>((value) => readParams(of, value) as CommandParams[N])
}

const message = type<string>()

/** The original's commands. Texts are its own; the shapes of data are written down in the docs. */
const originals = {
  Start: call({ input: command('Start'), output: message }),
  Stop: call({ input: command('Stop'), output: message }),
  Restart: call({ input: command('Restart'), output: message }),
  Delete: call({ input: command('Delete'), output: message }),
  Status: call({ input: command('Status'), output: type<unknown>() }),
  List: call({ output: type<readonly string[]>() }),
  Logs: call({ input: command('Logs'), output: type<unknown>() }),
  Subscribe: stream({
    // Read by the dialect already, into a form of ours.
    input: checkedBy<CommandParams['Subscribe']>((value) => {
      const { kind, appName } = value as { kind?: unknown; appName?: unknown }
      const read = oneOf('kind', ['StatusEvents', 'LogEvents', 'AllEvents'] as const, kind)
      return { kind: read, appName: typeof appName === 'string' ? appName : null }
    }),
    output: type<{ readonly message: string } | SubscriberEvent>(),
  }),
  Unsubscribe: call({ output: message }),
  /** What a request that cannot be read becomes. It is always refused. */
  Unreadable: call({ input: object<{ message: string }>({ message: 'text' }) }),
}

export const SupervisorContract = contract({
  name: 'superctl',
  version: '1.0',
  methods: { ...ours, ...originals },
})

/** For talking to an original daemon, over `bunctl()`. */
export const BunctlContract = contract({ name: 'bunctl', version: '1.0', methods: originals })

export type SupervisorClient = Client<typeof SupervisorContract>
export type BunctlClient = Client<typeof BunctlContract>
