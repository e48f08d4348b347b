// What is measured: a subject is one way for two programs to talk. An adapter of about thirty lines
// in subjects/ makes one of these.

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

/** Both sides do the same work for every subject: the server answers what it was sent. */
export interface Subject {
  readonly name: string
  /** One line for the table's legend: what it is and which setting was chosen. */
  readonly title: string
  /** Answers with bytes that are not a value (the floors): only their number is checked. */
  readonly raw?: true
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
  close(): void | Promise<void>
  /** CPU time of the other side in microseconds, when the client started it as a process. */
  serverCpu?(): Promise<number>
}
