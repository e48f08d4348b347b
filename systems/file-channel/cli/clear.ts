// `file-channel clear`: empties both files.
import { command, EXIT } from 'tieline/command'
import { access, json, valueText } from './common.js'
import { open } from './open.js'

export const clear = command({
  name: 'clear',
  words: ['DIR'],
  options: { json: json('{"unread": …}'), access },
  about: 'Empties both files, under their locks, and says how many messages nobody had read.',
  example: '$ file-channel clear /tmp/demo',
  async run(context) {
    const { args, terminal } = context
    const channel = await open(context, args.words[0], 'frontend')
    try {
      const unread = await channel.clear()
      const line = `cleared; ${unread} messages had not been read`
      await terminal.print(args.options.json ? valueText({ unread }, true) : line)
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
})
