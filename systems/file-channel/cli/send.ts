// `file-channel send`: one event.
import type { Command } from './command.js'
import { EXIT } from './command.js'
import { open } from './open.js'

export const send: Command = {
  words: ['DIR', 'NAME', '[JSON]'],
  values: ['as', 'timeout'],
  switches: [],
  help: `Usage: file-channel send DIR NAME [JSON] [options]

Sends the event NAME with a payload, and ends when the file has it. Prints the message's id.

  --as SIDE      frontend (default): the backend gets it; backend: the frontend gets it
  --timeout T    how long to wait for room when 100 messages are unread (30s)
  --json         {"id": …}

Example:
  file-channel send /tmp/demo message '{"text": "hello"}'`,
  async run(context) {
    const { args, output, signal } = context
    const payload = args.json(2)
    const sendTimeout = args.timeout(30_000)
    const channel = await open(context, args.side('frontend'), { make: true, sendTimeout })
    const stop = () => void channel.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const id = await channel.sendEvent(args.word(1), payload)
      if (args.has('json')) output.value({ id }, true)
      else output.line(id)
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
}
