// What happens to apps, as told to subscribers. Names and fields are the original's; ours have more
// fields, which the original's clients pass over.

/** `removed` is told once; the others are also what a status shows. */
export type AppState = 'starting' | 'running' | 'stopped' | 'crashed' | 'backoff_exhausted'

export type LogStream = 'stdout' | 'stderr'

export type StatusEvent =
  | {
      readonly event_type: 'process_started'
      readonly data: { app: string; pid: number }
    }
  | {
      readonly event_type: 'process_exited'
      readonly data: { app: string; exit_code: number | null; signal?: string }
    }
  | { readonly event_type: 'process_crashed'; readonly data: { app: string; reason: string } }
  | {
      readonly event_type: 'process_restarting'
      readonly data: { app: string; attempt: number; delay_ms: number }
    }
  | {
      readonly event_type: 'status_change'
      readonly data: { app: string; state: AppState | 'removed' }
    }
  | {
      readonly event_type: 'health_check_failed'
      readonly data: { app: string; reason: string; failures: number; retries: number }
    }
  | {
      readonly event_type: 'resource_limit_exceeded'
      readonly data: { app: string; resource: 'memory' | 'cpu'; value: number; limit: number }
    }

export interface LogEvent {
  readonly event_type: 'log_line'
  readonly data: { readonly app: string; readonly stream: LogStream; readonly line: string }
}

export type AppEvent = StatusEvent | LogEvent

/** In-band: the reader was too slow, and so many events before the next one are missing. */
export interface EventsLost {
  readonly event_type: 'events_lost'
  readonly data: { readonly count: number }
}

export type SubscriberEvent = AppEvent | EventsLost

/** Which events: all but log lines, log lines alone, or both; of one app, or of all. */
export interface EventFilter {
  readonly kind: 'status' | 'logs' | 'all'
  readonly app?: string
}

export function matches(filter: EventFilter, event: AppEvent): boolean {
  if (filter.app !== undefined && filter.app !== event.data.app) return false
  if (filter.kind === 'all') return true
  return (event.event_type === 'log_line') === (filter.kind === 'logs')
}
