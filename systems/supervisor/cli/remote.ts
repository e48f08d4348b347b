// A daemon as the commands see it, whichever it is: ours, or an original one that speaks its own wire
// and has fewer commands.

import type { DaemonInfo, Follow, Started } from '../src/daemon/contract.js'
import type { Change } from '../src/domain/change.js'
import type { EventFilter, SubscriberEvent } from '../src/domain/events.js'
import type { AppStatus } from '../src/domain/status.js'
import type { LastLines } from '../src/logs/app-logs.js'

export interface AppLines {
  readonly app: string
  readonly logs: LastLines
}

type Batches = AsyncIterable<readonly SubscriberEvent[]>

export interface Remote {
  start(config: object): Promise<Started>
  startAgain(name: string): Promise<Started>
  stop(name: string): Promise<string>
  restart(name: string): Promise<{ readonly id: string; readonly pid: number | null }>
  remove(name: string): Promise<string>
  list(): Promise<readonly string[]>
  status(name?: string): Promise<readonly AppStatus[]>
  logs(name: string | undefined, lines: number): Promise<readonly AppLines[]>
  events(filter: EventFilter): Batches
  follow(params: Follow): Batches
  reload(configs: readonly object[]): Promise<readonly Change[]>
  save(): Promise<{ readonly path: string; readonly apps: number }>
  resurrect(): Promise<readonly Change[]>
  shutdown(apps: 'stop' | 'leave'): Promise<void>
  info(): Promise<DaemonInfo>
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>
  close(): Promise<void>
}

export interface RemoteOptions {
  readonly signal: AbortSignal
  /** Milliseconds for each answer. */
  readonly timeoutMs: number
}
