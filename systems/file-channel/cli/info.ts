// `file-channel info`: who reads, what is unread, what was set aside.
import { command, EXIT } from 'tieline/command'
import { type FileInfo, info as inform } from '../src/index.js'
import { access, json, valueText } from './common.js'

export const info = command({
  name: 'info',
  words: ['DIR'],
  options: { json: json('all of it on one line'), access },
  about: `Tells who reads for each side, how many messages are unread, who holds a lock, and what was set
aside. Changes nothing.`,
  example: '$ file-channel info /tmp/demo',
  async run({ args, terminal }) {
    const found = await inform(args.words[0])
    if (args.options.json) {
      await terminal.print(valueText(found, true))
      return EXIT.done
    }
    const lines = [`${found.directory}, made ${found.created ?? 'at an unknown time'}`]
    for (const side of ['backend', 'frontend'] as const) {
      const reader = found.readers[side]
      const who =
        reader === undefined
          ? 'no process of ours reads'
          : `process ${reader.pid} ${reader.alive ? 'reads' : 'read, and is dead'}`
      lines.push(`${side}: ${who}; it wrote ${written(found.files[side])}`)
    }
    await terminal.print(lines.join('\n'))
    return EXIT.done
  },
})

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
