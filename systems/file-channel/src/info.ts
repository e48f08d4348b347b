// What there is to know about a channel without taking part in it.
import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { TielineError } from 'tieline'
import {
  type LockOwner,
  lockOwner,
  MailboxFile,
  type MailboxSide,
  machine,
  mayLive,
  ownerPath,
} from 'tieline/transport'

export interface FileInfo {
  readonly path: string
  readonly bytes: number
  readonly messages: number
  /** Undefined when the reader records nothing, as an original program does. */
  readonly unread: number | undefined
  /** Pieces that are no messages. */
  readonly bad: number
  readonly quarantine: { readonly path: string; readonly bytes: number } | undefined
  /** Who is writing at this moment. */
  readonly lock: LockOwner | undefined
}

export interface ChannelInfo {
  readonly directory: string
  readonly created: string | undefined
  readonly files: Readonly<Record<MailboxSide, FileInfo>>
  /** Who reads for a side. `alive` is true for a process of another machine. */
  readonly readers: Readonly<Record<MailboxSide, (LockOwner & { alive: boolean }) | undefined>>
}

/** Rejects with `unavailable` when there is no channel. */
export async function info(path: string): Promise<ChannelInfo> {
  const directory = resolve(path)
  if (!lstatSync(directory, { throwIfNoEntry: false })) {
    throw new TielineError('unavailable', `there is no channel in ${directory}`)
  }
  return {
    directory,
    created: createdAt(directory),
    files: { backend: fileInfo(directory, 'backend'), frontend: fileInfo(directory, 'frontend') },
    readers: {
      backend: await reader(directory, 'backend'),
      frontend: await reader(directory, 'frontend'),
    },
  }
}

function createdAt(directory: string): string | undefined {
  try {
    const { created } = JSON.parse(machine.read(`${directory}/.channel_info`) ?? '{}')
    return typeof created === 'number' ? new Date(created).toISOString() : undefined
  } catch {
    // Only said to people: whatever stands there, the channel works.
    return undefined
  }
}

function fileInfo(directory: string, writer: MailboxSide): FileInfo {
  const file = new MailboxFile(directory, writer, {})
  const { entries, bad } = file.read()
  const consumed = file.readConsumed()
  const done = new Set(consumed?.done)
  const { quarantine, messages, lock } = file.paths
  const aside = machine.stat(quarantine)
  return {
    path: messages,
    bytes: machine.stat(messages)?.size ?? 0,
    messages: entries.length,
    unread: consumed && entries.filter(({ message }) => !done.has(message.id)).length,
    bad: bad.length,
    quarantine: aside && { path: quarantine, bytes: aside.size },
    lock: lockOwner(machine, lock),
  }
}

async function reader(directory: string, side: MailboxSide) {
  const owner = lockOwner(machine, ownerPath(directory, side))
  return owner && { ...owner, alive: await mayLive(machine, owner) }
}
