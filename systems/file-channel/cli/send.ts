// `file-channel send`: one event.
import { command, EXIT } from 'tieline/command'
import { access, json, jsonFrom, side, timeout, valueText } from './common.js'
import { open } from './open.js'

export const send = command({
  name: 'send',
  words: ['DIR', 'NAME', '[JSON]'],
  options: {
    as: side('frontend (default): the backend gets it; backend: the frontend gets it'),
    timeout: timeout('how long to wait for room when 100 messages are unread (30s)'),
    json: json('{"id": …}'),
    access,
  },
  about:
    "Sends the event NAME with a payload, and ends when the file has it. Prints the message's id.",
  example: `$ file-channel send /tmp/demo message '{"text": "hello"}'`,
  async run(context) {
    const { args, terminal, signal } = context
    const [directory, name, text] = args.words
    const payload = jsonFrom(text)
    const { as = 'frontend', timeout: sendTimeout = 30_000, json } = args.options
    const channel = await open(context, directory, as, { make: true, sendTimeout })
    const stop = () => void channel.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const id = await channel.sendEvent(name, payload)
      await terminal.print(json ? valueText({ id }, true) : id)
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
})
