// What can be watched of a connection: one object of hooks, and a diagnostics channel per event where
// the platform has them. Neither ever sees a payload.
import type { Channel, CloseInfo, Credentials } from '../channel/channel.js'

/** Names a connection in every event about it. */
export interface ConnectionInfo {
  /** Counts connections of this process, from 1. */
  readonly connection: number
  readonly endpoint: string | undefined
  readonly credentials: Credentials | undefined
}

export interface CallEvent extends ConnectionInfo {
  readonly method: string
  readonly kind: 'call' | 'stream' | 'notify'
  /** Whether this side asked or answered. */
  readonly side: 'caller' | 'callee'
}

export interface CallFinishedEvent extends CallEvent {
  readonly milliseconds: number
  /** 'ok', or the error's code. */
  readonly code: string
}

export interface DropEvent extends ConnectionInfo {
  /** What was dropped: an answer nobody waits for, a notification that could not be written. */
  readonly what: 'late-answer' | 'late-item' | 'notification'
  /** How many such drops this connection has seen. */
  readonly count: number
}

export interface HandlerFailedEvent extends ConnectionInfo {
  readonly method: string
  /** What the handler really threw. The caller was told only `internal`. */
  readonly error: unknown
}

/** Hooks are called synchronously and must be quick. What one throws surfaces as an uncaught exception. */
export interface Observer {
  opened?(event: ConnectionInfo): void
  closed?(event: ConnectionInfo & { readonly why: CloseInfo }): void
  started?(event: CallEvent): void
  finished?(event: CallFinishedEvent): void
  dropped?(event: DropEvent): void
  handlerFailed?(event: HandlerFailedEvent): void
}

export type EventName = keyof Observer
export type EventOf<N extends EventName> = Parameters<NonNullable<Observer[N]>>[0]

interface DiagnosticsChannel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

type DiagnosticsModule = { channel(name: string): DiagnosticsChannel }

// Asked of the platform at run time, so that this file still loads in a browser.
const diagnostics = (
  globalThis as { process?: { getBuiltinModule?(id: string): DiagnosticsModule } }
).process?.getBuiltinModule?.('node:diagnostics_channel')

const NAMES = ['opened', 'closed', 'started', 'finished', 'dropped', 'handlerFailed'] as const

const channels: Partial<Record<EventName, DiagnosticsChannel>> = {}
if (diagnostics) for (const name of NAMES) channels[name] = diagnostics.channel(`tieline.${name}`)

// Asked for every call, so they are not looked up by name.
const { started, finished } = channels

/**
 * Names a connection. Credentials are asked of the kernel at once where somebody watches, for at the
 * end it is too late; else when they are read: what that loads is a tenth of a command's start.
 */
export function connectionInfo(
  connection: number,
  remote: Channel['remote'],
  observer: Observer | undefined,
): ConnectionInfo {
  const watched = observer !== undefined || NAMES.some((name) => channels[name]?.hasSubscribers)
  if (!watched) return new Unwatched(connection, remote)
  return { connection, endpoint: remote.endpoint, credentials: remote.credentials }
}

/** A class: an object with a getter of its own takes four times the memory. */
class Unwatched implements ConnectionInfo {
  readonly connection: number
  readonly #remote: Channel['remote']

  constructor(connection: number, remote: Channel['remote']) {
    this.connection = connection
    this.#remote = remote
  }

  get endpoint(): string | undefined {
    return this.#remote.endpoint
  }

  get credentials(): Credentials | undefined {
    return this.#remote.credentials
  }
}

/** Whether anybody wants to be told: asked before the event is built. */
export function watches(observer: Observer | undefined, name: EventName): boolean {
  return observer?.[name] !== undefined || channels[name]?.hasSubscribers === true
}

/** Whether anybody wants to know that a call began: asked before the event is built. */
export function watchesStarted(observer: Observer | undefined): boolean {
  return started?.hasSubscribers === true || observer?.started !== undefined
}

/** Whether anybody wants to know how a call ended. */
export function watchesFinished(observer: Observer | undefined): boolean {
  return finished?.hasSubscribers === true || observer?.finished !== undefined
}

export function tell<N extends EventName>(
  observer: Observer | undefined,
  name: N,
  event: EventOf<N>,
): void {
  channels[name]?.publish(event)
  try {
    ;(observer?.[name] as ((event: unknown) => void) | undefined)?.call(observer, event)
  } catch (error) {
    // An observer's fault must not become the connection's; it must not be silent either.
    queueMicrotask(() => {
      throw error
    })
  }
}
