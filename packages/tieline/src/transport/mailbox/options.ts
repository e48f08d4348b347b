// What a mailbox can be told, and what it tells.
import type { Clock } from '../../clock.js'
import type { MailboxSystem } from './system.js'

/** The two sides of a mailbox. Each writes one file and reads the other's. */
export type MailboxSide = 'backend' | 'frontend'

/** Something the mailbox did about a fault, or met, and went on. */
export type MailboxReport =
  /** Pieces of a file that are no messages were set aside. */
  | {
      readonly kind: 'quarantined'
      readonly path: string
      readonly count: number
      readonly reason: string
    }
  /** The other side records nothing and its file was full: the oldest messages, read or not, are gone. */
  | { readonly kind: 'dropped'; readonly count: number; readonly total: number }
  /** A lock was removed whose owner is dead. */
  | { readonly kind: 'recovered'; readonly path: string; readonly pid: number }
  /** A file could not be read or written. It is tried again. */
  | { readonly kind: 'trouble'; readonly error: Error }

/** What a mailbox is opened with. Both sides should say the same of `access`. */
export interface MailboxOptions {
  /**
   * Who may reach the files besides this user: nobody (directory 0700, files 0600), the directory's
   * group, or everyone. For an original program of another user. `user` unless told.
   */
  readonly access?: 'user' | 'group' | 'everyone'
  /**
   * At 100 unread messages: `wait` until some are read; `drop-oldest` as the original does, counted
   * and reported; `auto` waits for a reader of ours and drops for one that is known to record nothing.
   */
  readonly overflow?: 'auto' | 'wait' | 'drop-oldest'
  /** Write through to the disk before a message counts as sent: survives a power cut. False unless told. */
  readonly sync?: boolean
  readonly report?: (report: MailboxReport) => void
  readonly clock?: Clock
  /** For tests: files that fail, clocks that go back, processes that are dead. */
  readonly system?: MailboxSystem
}

/**
 * Unread messages in one file. 100: an original program keeps no more than the newest 100 when it
 * writes, so a 101st could cost the first.
 */
export const MESSAGES_LIMIT = 100
/**
 * Bytes of unread messages in one file, beyond which a next message waits. 1 MiB: every write writes
 * the file anew. A single message may be longer.
 */
export const UNREAD_BYTES = 1024 * 1024
/** Bytes of a file that are read at all. 64 MiB: one longest frame as base64, and 100 of usual size. */
export const FILE_BYTES = 64 * 1024 * 1024

export const otherSide = (side: MailboxSide): MailboxSide =>
  side === 'backend' ? 'frontend' : 'backend'

export interface MailboxPaths {
  readonly messages: string
  readonly lock: string
  /** What the reader has consumed. */
  readonly consumed: string
  readonly quarantine: string
  /** Beginning of the names of temporary files. */
  readonly draft: string
}

/** The files that `writer` writes. */
export function pathsOf(directory: string, writer: MailboxSide): MailboxPaths {
  const base = `${directory}/${writer}_to_${otherSide(writer)}`
  return {
    messages: `${base}.json`,
    lock: `${base}.lock`,
    consumed: `${base}.consumed`,
    quarantine: `${base}.quarantine`,
    draft: base,
  }
}

/** The lock of the process that reads for a side. */
export const ownerPath = (directory: string, side: MailboxSide): string =>
  `${directory}/${side}.owner`

export const INFO_FILE = '.channel_info'

export function modesOf(access: MailboxOptions['access'] = 'user'): {
  directory: number
  file: number
} {
  if (access === 'user') return { directory: 0o700, file: 0o600 }
  return access === 'group' ? { directory: 0o770, file: 0o660 } : { directory: 0o777, file: 0o666 }
}
