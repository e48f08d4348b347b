// superctl status: how one app does, or all of them.
import { command, EXIT } from 'tieline/command'
import { COMMON } from '../common.js'
import { withDaemon } from '../session.js'
import { appTable, details, NO_APPS } from '../show.js'

export const status = command({
  name: 'status',
  words: ['[NAME]'],
  options: COMMON,
  about: `Shows all apps in a table, or everything about one. For a table that keeps itself up
to date: superctl ps. Variables that look like secrets are not shown.`,
  example: `$ superctl status
NAME  STATE    PID   UPTIME  RESTARTS  CPU   MEMORY
web   running  4711  2m 3s   0         0.3%  48.1 MiB`,
  run: (context) =>
    withDaemon(context, async (remote) => {
      const { args, terminal } = context
      const [name] = args.words
      const apps = await remote.status(name)
      if (args.options.json) {
        await terminal.print(JSON.stringify(name === undefined ? apps : apps[0]))
      } else if (name !== undefined) {
        for (const app of apps) await terminal.print(details(app, terminal.paint).join('\n'))
      } else if (apps.length === 0) {
        terminal.note(NO_APPS)
      } else {
        await terminal.print(appTable(apps, terminal.width, terminal.paint).join('\n'))
      }
      return EXIT.done
    }),
})
