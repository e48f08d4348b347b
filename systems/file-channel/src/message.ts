// A message as a program gets it from a file channel.
import type { MailboxMessage } from 'tieline/transport'

/** The fields are named as they are in the file. */
export interface Message extends MailboxMessage {
  /**
   * True for a message that was handed to an earlier process of this side which was killed before it
   * was done with it: the work may have been done or not. Every other message comes exactly once.
   */
  readonly again: boolean
}

export type { MailboxMessage, NewMessage } from 'tieline/transport'
