// superctl reload, save and resurrect: many apps at once.
import { findConfigFile, loadConfigFile } from '../../src/config/config-file.js'
import type { Change } from '../../src/domain/change.js'
import { COMMON, COMMON_HELP, type Command, type Context, EXIT } from '../command.js'
import { usage } from '../usage.js'

export const reload: Command = {
  name: 'reload',
  words: ['[FILE]'],
  options: COMMON,
  help: `superctl reload [FILE]

Brings the apps of a file to what it says now, and changes only what differs: new apps
are started; those whose command, arguments, directory, environment, uid or gid differ
are restarted; other settings are changed in place; the rest goes on undisturbed. Apps
that are not in the file are left alone.

${COMMON_HELP}

Example:
  $ superctl reload bunctl.json
  web     restarted
  worker  unchanged`,
  run: async (context) => {
    const [given] = context.args.words
    const file = given ?? findConfigFile(process.cwd())
    if (file === undefined) throw usage('there is no bunctl.json here; name a file')
    const configs = await loadConfigFile(file)
    return context.withDaemon(async (remote) => tell(context, await remote.reload(configs)))
  },
}

export const save: Command = {
  name: 'save',
  words: [],
  options: COMMON,
  help: `superctl save

Keeps the list of the apps that run now, for superctl resurrect. A daemon that ends and
starts again finds its apps without it.

${COMMON_HELP}

Example:
  $ superctl save
  saved 2 apps in /home/ada/.local/state/superctl/default/saved.json`,
  run: (context) =>
    context.withDaemon(async (remote) => {
      const saved = await remote.save()
      const { path, apps } = saved
      const line = `saved ${apps} ${apps === 1 ? 'app' : 'apps'} in ${path}`
      await context.terminal.print(context.json ? JSON.stringify(saved) : line)
      return EXIT.ok
    }),
}

export const resurrect: Command = {
  name: 'resurrect',
  words: [],
  options: COMMON,
  help: `superctl resurrect

Starts the apps of the list that superctl save kept. Those that run are left as they are.

${COMMON_HELP}

Example:
  $ superctl resurrect
  web     started
  worker  unchanged`,
  run: (context) => context.withDaemon(async (remote) => tell(context, await remote.resurrect())),
}

async function tell({ terminal, json }: Context, changes: readonly Change[]): Promise<number> {
  if (json) await terminal.print(JSON.stringify(changes))
  const widest = Math.max(0, ...changes.map(({ id }) => id.length))
  for (const { id, action, error } of json ? [] : changes) {
    if (error === undefined) await terminal.print(`${id.padEnd(widest)}  ${action}`)
    else terminal.fail(error)
  }
  return changes.some(({ action }) => action === 'failed') ? EXIT.refused : EXIT.ok
}
