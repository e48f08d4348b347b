// The waist: an open two-way pipe of bytes or of messages. Every transport makes one of these and
// everything above needs nothing more.

/** The kernel's word on who is at the other end, where the platform gives it. */
export interface Credentials {
  readonly uid: number
  readonly gid: number
  /** The process that connected, or that listened; it may have handed the socket on. */
  readonly pid: number
}

/** Why a channel ended. Without an error: one of the two sides closed it in good order. */
export interface CloseInfo {
  /** Which side ended it. */
  readonly by: 'local' | 'remote'
  /** Absent: it was closed in good order. */
  readonly error?: Error
}

/**
 * Who takes what a channel delivers. Its functions are called one after another, never inside one
 * another.
 */
export interface ChannelSink {
  /**
   * Bytes as they came (unit `bytes`: cut anywhere) or one whole message (unit `message`). The chunk
   * is lent: it may be overwritten as soon as this returns, unless it lies in memory that `room` gave.
   * Must not throw.
   */
  message(chunk: Uint8Array): void
  /** After `send` returned false: there is room again. */
  drained(): void
  /** The last call, exactly once, whatever ended the channel. */
  closed(why: CloseInfo): void
  /**
   * Asked before a read, by byte channels that can read into the caller's memory: where the next
   * bytes should land, or undefined for a buffer of the channel's own. Saves a large frame its copy.
   */
  room?(): Uint8Array | undefined
}

/**
 * One open two-way pipe, of bytes or of whole messages: all that the upper half knows of a
 * transport.
 */
export interface Channel {
  /** Whether borders between sent chunks survive. */
  readonly unit: 'bytes' | 'message'
  /** Who is at the other end: the endpoint that was dialled or served, and the kernel's word where it gives one. */
  readonly remote: { readonly endpoint?: string; readonly credentials?: Credentials }
  /** Starts delivery. Called once; nothing is delivered before, and what came before waits. Throws when called twice. */
  open(sink: ChannelSink): void
  /**
   * Sends in order. An array is one run of bytes, or one message in pieces. The memory must stay
   * unchanged until `buffered` is 0, which may be at once. False: above the high-water mark, wait for
   * `drained` (what was given is accepted all the same). Throws `connection-lost` once closed.
   */
  send(data: Uint8Array | readonly Uint8Array[]): boolean
  /** Bytes accepted and not yet handed to the system. */
  readonly buffered: number
  /** Stops delivery, soon: what is already on its way in may still come. Idempotent. */
  pause(): void
  /** Delivery goes on. Idempotent. */
  resume(): void
  /** Whether the open channel keeps the process alive (it does at first). A channel without a system handle ignores it. */
  hold(alive: boolean): void
  /** Hands what is buffered to the system, then closes. Aborts when the signal fires. Resolves after `closed`; never rejects; may be called again. */
  close(options?: { signal?: AbortSignal }): Promise<void>
  /** Closes now; what is buffered is dropped. `closed` gets the reason. Idempotent. */
  abort(reason: Error): void
}
