// `file-channel listen`: prints the messages for a side as they come, and takes them.
import { command, EXIT, oneLine } from 'tieline/command'
import type { Message } from '../src/index.js'
import { access, json, side, valueText } from './common.js'
import { open } from './open.js'

export const listen = command({
  name: 'listen',
  words: ['DIR'],
  options: {
    as: side('frontend (default): what the backend writes;\nbackend: the other way round'),
    count: { kind: 'number', value: 'N', about: 'end after N messages' },
    json: json('each message whole, on one line'),
    access,
  },
  about: `Prints the messages for one side as they come, and takes them: each is printed once, also when the
command is started again. Ends on Ctrl-C.`,
  example: '$ file-channel listen /tmp/demo --json | jq .payload',
  async run(context) {
    const { args, terminal, signal } = context
    const { as = 'frontend', count = Number.POSITIVE_INFINITY, json } = args.options
    const channel = await open(context, args.words[0], as, { make: true })
    let seen = 0
    try {
      for await (const message of channel.messages({ signal })) {
        await terminal.print(json ? valueText(message, true) : messageLine(message))
        seen += 1
        if (seen >= count) break
      }
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
})

/** A message for people: time, kind, name, payload. */
export function messageLine(message: Omit<Message, 'again'> & { again?: boolean }): string {
  const { timestamp, type, method, reply_to, payload, error, again } = message
  const time = new Date(timestamp).toTimeString().slice(0, 8)
  const name = method ?? (reply_to == null ? '' : `to ${reply_to.slice(0, 8)}`)
  const what = error == null ? JSON.stringify(payload) : `error: ${error}`
  const mark = again ? ' (again)' : ''
  // Names and errors are the other program's.
  return oneLine(`${time} ${type.padEnd(8)} ${[name, what].filter(Boolean).join(' ')}${mark}`)
}
