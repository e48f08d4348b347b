// `file-channel info`: who reads, what is unread, what was set aside.
import { type FileInfo, info as inform } from '../src/index.js'
import type { Command } from './command.js'
import { EXIT } from './command.js'

export const info: Command = {
  words: ['DIR'],
  values: [],
  switches: [],
  help: `Usage: file-channel info DIR [options]

Tells who reads for each side, how many messages are unread, who holds a lock, and what was set aside.
Changes nothing.

  --json         all of it on one line

Example:
  file-channel info /tmp/demo`,
  async run({ args, output }) {
    const found = await inform(args.word(0))
    if (args.has('json')) {
      output.value(found, true)
      return EXIT.done
    }
    output.line(`${found.directory}, made ${found.created ?? 'at an unknown time'}`)
    for (const side of ['backend', 'frontend'] as const) {
      const reader = found.readers[side]
      const who =
        reader === undefined
          ? 'no process of ours reads'
          : `process ${reader.pid} ${reader.alive ? 'reads' : 'read, and is dead'}`
      output.line(`${side}: ${who}; it wrote ${written(found.files[side])}`)
    }
    return EXIT.done
  },
}

function written(file: FileInfo): string {
  const { messages, unread, bytes, bad, quarantine, lock } = file
  const parts = [
    `${messages} messages (${bytes} bytes)`,
    unread === undefined ? 'the reader keeps no record' : `${unread} unread`,
  ]
  if (bad > 0) parts.push(`${bad} pieces that are no messages`)
  if (quarantine !== undefined) parts.push(`${quarantine.bytes} bytes in ${quarantine.path}`)
  if (lock !== undefined) parts.push(`locked by process ${lock.pid}`)
  return parts.join(', ')
}
