// What is measured: a subject is one way for two programs to talk. A short adapter in subjects/ makes
// one of these.
import type { TaskName } from './task-name.js'

/** The payload of the small call: nine fields, 100 bytes as MessagePack, 140 as JSON. */
export interface Work {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly title: string
  readonly at: number
  readonly length: number
  readonly rate: number
  readonly muted: boolean
  readonly tags: readonly string[]
}

/** Whose it is: the floor that all are measured by, Tieline in one of its forms, or what others use. */
export type Group = 'floor' | 'ours' | 'peer'

/** Both sides do the same work for every subject: the server answers what it was sent. */
export interface Subject {
  readonly name: string
  /** One line for the table's legend: what it is and which setting was chosen. */
  readonly title: string
  readonly group: Group
  /** Answers with bytes that are not a value (the floors): only their number is checked. */
  readonly raw?: true
  /** Tasks that it has no way to do, and why. The table shows a dash and the reason. */
  readonly cannot?: Readonly<Partial<Record<TaskName, string>>>
  /**
   * Starts answering at this path of a Unix socket; resolves when a client may connect. Runs in a
   * process of its own. A subject without it starts its other side from `client`.
   */
  server?(path: string): Promise<void>
  client(path: string): Promise<Client>
}

export interface Client {
  call(value: Work): Promise<unknown>
  /** The caller keeps its bytes: a subject may not give them away. */
  binary(bytes: Uint8Array): Promise<unknown>
  /** One way, without an answer. At most `burst` of them come before `notified` is asked for. */
  notify?(value: Work): void
  /** How many notifications the other side has had since it started, once those sent before are among them. */
  notified?(): Promise<number>
  /** Asks for a stream of so many items of the small payload and hands over each. */
  stream?(count: number, each: (item: unknown) => void): Promise<void>
  close(): void | Promise<void>
  /** CPU time of the other side in microseconds, when the client started it as a process. */
  serverCpu?(): Promise<number>
}

/** A stream's items on the side that makes them. */
export function* items(count: number, value: Work): Generator<Work> {
  for (let at = 0; at < count; at++) yield value
}
