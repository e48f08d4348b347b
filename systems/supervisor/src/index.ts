// The supervisor as a library: the supervisor itself, its configuration and its events.

export { bunctl, MESSAGE_BYTES } from './bunctl/protocol.js'
export {
  type AppConfig,
  type BackoffConfig,
  type RestartPolicy,
  readAppConfig,
} from './config/app-config.js'
export type { CheckType, HealthCheck } from './config/health-check.js'
export {
  type BunctlClient,
  BunctlContract,
  type DaemonInfo,
  type Follow,
  type Started,
  type SupervisorClient,
  SupervisorContract,
} from './daemon/contract.js'
export { type Daemon, type DaemonOptions, startDaemon } from './daemon/daemon.js'
export { daemonPlace, type Place, stateDirectory } from './daemon/places.js'
export { appId } from './domain/app-id.js'
export type { Change } from './domain/change.js'
export type {
  AppEvent,
  AppState,
  EventFilter,
  EventsLost,
  SubscriberEvent,
} from './domain/events.js'
export type { AppStatus } from './domain/status.js'
export type { Subscription, SubscriptionOptions } from './domain/subscription.js'
export { Supervisor, type SupervisorOptions } from './domain/supervisor.js'
export type { LastLines } from './logs/app-logs.js'
