// `file-channel listen`: prints the messages for a side as they come, and takes them.
import type { Message } from '../src/index.js'
import type { Command } from './command.js'
import { EXIT, usage } from './command.js'
import { open } from './open.js'

export const listen: Command = {
  words: ['DIR'],
  values: ['as', 'count'],
  switches: [],
  help: `Usage: file-channel listen DIR [options]

Prints the messages for one side as they come, and takes them: each is printed once, also when the
command is started again. Ends on Ctrl-C.

  --as SIDE      frontend (default): what the backend writes; backend: the other way round
  --count N      end after N messages
  --json         each message whole, on one line

Example:
  file-channel listen /tmp/demo --json | jq .payload`,
  endsWell: false,
  async run(context) {
    const { args, output, signal } = context
    const text = args.value('count') ?? 'Infinity'
    const count = Number(text)
    if (!(count >= 1)) throw usage(`--count ${text} is no number from 1 up`)
    const channel = await open(context, args.side('frontend'), { make: true })
    let seen = 0
    try {
      for await (const message of channel.messages({ signal })) {
        if (args.has('json')) output.value(message, true)
        else output.line(oneLine(message))
        seen += 1
        if (seen >= count) break
      }
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
}

/** A message for people: time, kind, name, payload. */
export function oneLine(message: Omit<Message, 'again'> & { again?: boolean }): string {
  const { timestamp, type, method, reply_to, payload, error, again } = message
  const time = new Date(timestamp).toTimeString().slice(0, 8)
  const name = method ?? (reply_to == null ? '' : `to ${reply_to.slice(0, 8)}`)
  const what = error == null ? JSON.stringify(payload) : `error: ${error}`
  const mark = again ? ' (again)' : ''
  return `${time} ${type.padEnd(8)} ${[name, what].filter(Boolean).join(' ')}${mark}`
}
