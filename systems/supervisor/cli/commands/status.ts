// superctl status: how one app does, or all of them.
import { COMMON, COMMON_HELP, type Command, EXIT } from '../command.js'
import { appTable, details } from '../show.js'

export const status: Command = {
  name: 'status',
  words: ['[NAME]'],
  options: COMMON,
  help: `superctl status [NAME]

Shows all apps in a table, or everything about one. For a table that keeps itself up
to date: superctl ps. Variables that look like secrets are not shown.

${COMMON_HELP}

Example:
  $ superctl status
  NAME  STATE    PID   UPTIME  RESTARTS  CPU   MEMORY
  web   running  4711  2m 3s   0         0.3%  48.1 MiB`,
  run: (context) =>
    context.withDaemon(async (remote) => {
      const { args, terminal, json } = context
      const [name] = args.words
      const apps = await remote.status(name)
      if (json) {
        await terminal.print(JSON.stringify(name === undefined ? apps : apps[0]))
      } else if (name !== undefined) {
        for (const app of apps) await terminal.print(details(app, terminal.paint).join('\n'))
      } else if (apps.length === 0) {
        terminal.note('no apps yet; superctl start NAME -- COMMAND runs one')
      } else {
        await terminal.print(appTable(apps, terminal.width, terminal.paint).join('\n'))
      }
      return EXIT.ok
    }),
}
