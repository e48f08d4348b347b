// What the suite asks of its processes, and what they answer.

/** One kind of work: so many bytes in each message, so many on their way on each channel. */
export interface Work {
  readonly bytes: number
  readonly inFlight: number
  /** How many of the open channels take part. */
  readonly channels: number
  readonly ms: number
}

export type Ask =
  | { readonly ask: 'open'; readonly url: string; readonly count: number }
  | ({ readonly ask: 'echo' } & Work)
  | { readonly ask: 'cpu' | 'memory' | 'stop' }

export type Reply = { readonly answer: unknown } | { readonly failure: string }

export interface Echoed {
  readonly messages: number
  /** Messages a second. */
  readonly rate: number
  /** Microseconds from a message to its echo. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of CPU for each message, in the client. */
  readonly cpu: number
}

/** What a process of the suite is, once it has started. */
export interface Started {
  /** Where clients or the next process find it; empty for the client. */
  readonly url: string
  open?(url: string, count: number): Promise<void>
  echo?(work: Work): Promise<Echoed>
}
