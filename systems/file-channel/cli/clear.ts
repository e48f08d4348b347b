// `file-channel clear`: empties both files.
import type { Command } from './command.js'
import { EXIT } from './command.js'
import { open } from './open.js'

export const clear: Command = {
  words: ['DIR'],
  values: [],
  switches: [],
  help: `Usage: file-channel clear DIR [options]

Empties both files, under their locks, and says how many messages nobody had read.

  --json         {"unread": …}

Example:
  file-channel clear /tmp/demo`,
  async run(context) {
    const { args, output } = context
    const channel = await open(context, 'frontend')
    try {
      const unread = await channel.clear()
      if (args.has('json')) output.value({ unread }, true)
      else output.line(`cleared; ${unread} messages had not been read`)
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
}
