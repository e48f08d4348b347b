// Emptying a channel's files, under their locks.
import { MailboxFile, type MailboxOptions, type MailboxSide } from 'tieline/transport'

/** Empties the file that `writer` writes. Resolves with the number of messages that were not read. */
export async function emptyFile(
  directory: string,
  writer: MailboxSide,
  options: MailboxOptions,
): Promise<number> {
  const file = new MailboxFile(directory, writer, options)
  return file.underLock(async (lock) => {
    const done = new Set(file.readConsumed()?.done)
    const { entries, bad } = file.read()
    if (bad.length > 0) file.setAside(bad)
    // The newest stays when it was read: it says how far the timestamps have come.
    const newest = entries.at(-1)
    const kept = newest !== undefined && done.has(newest.message.id) ? [newest.text] : []
    if (entries.length > 0) await file.replace(lock, kept)
    return entries.filter(({ message }) => !done.has(message.id)).length
  })
}
