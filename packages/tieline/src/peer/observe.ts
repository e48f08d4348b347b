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

export type Told = Omit<ConnectionInfo, 'connection'>

/** A call came or was made: what `observe` is told. */
export interface CallEvent extends ConnectionInfo {
  readonly method: string
  readonly kind: 'call' | 'stream' | 'notify'
  /** Whether this side asked or answered. */
  readonly side: 'caller' | 'callee'
}

/** A call is over, well or not. */
export interface CallFinishedEvent extends CallEvent {
  /** From the start of the call to its end; of a stream, to the end of its items. */
  readonly milliseconds: number
  /** 'ok', or the error's code. */
  readonly code: string
}

/** Something came that nobody wanted, such as the answer to a call that was given up. */
export interface DropEvent extends ConnectionInfo {
  /** What was dropped: an answer nobody waits for, a notification that could not be written. */
  readonly what: 'late-answer' | 'late-item' | 'notification'
  /** How many such drops this connection has seen. */
  readonly count: number
}

/** A handler threw what does not cross: here is the whole error. */
export interface HandlerFailedEvent extends ConnectionInfo {
  readonly method: string
  /** What the handler really threw. The caller was told only `internal`. */
  readonly error: unknown
}

/** Hooks are called synchronously and must be quick. What one throws surfaces as an uncaught exception. */
export interface Observer {
  /** The connection stands: both sides have said hello. */
  opened?(event: ConnectionInfo): void
  /** It has ended, well or not. */
  closed?(event: ConnectionInfo & { readonly why: CloseInfo }): void
  /** A call came or was made. */
  started?(event: CallEvent): void
  /** It was answered, failed, was cancelled or given up: once for each that started. */
  finished?(event: CallFinishedEvent): void
  /** Something came or was to go that was dropped. */
  dropped?(event: DropEvent): void
  /** A handler threw what the caller is not told. */
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
 * What events tell of the other side. Credentials are asked of the kernel at once where somebody
 * watches, for at the end it is too late; else when they are read: what that loads is a tenth of a
 * command's start.
 */
export function toldOf(remote: Channel['remote'], observer: Observer | undefined): Told {
  const watched = observer !== undefined || NAMES.some((name) => channels[name]?.hasSubscribers)
  if (!watched) return remote as Told
  return { endpoint: remote.endpoint, credentials: remote.credentials }
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
