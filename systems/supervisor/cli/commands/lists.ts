// superctl reload, save and resurrect: many apps at once.
import { command, EXIT, usage } from 'tieline/command'
import { findConfigFile, loadConfigFile } from '../../src/config/config-file.js'
import type { Change } from '../../src/domain/change.js'
import { COMMON, type CommonContext } from '../common.js'
import { withDaemon } from '../session.js'

export const reload = command({
  name: 'reload',
  words: ['[FILE]'],
  options: COMMON,
  about: `Brings the apps of a file to what it says now, and changes only what differs: new apps
are started; those whose command, arguments, directory, environment, uid or gid differ
are restarted; other settings are changed in place; the rest goes on undisturbed. Apps
that are not in the file are left alone.`,
  example: `$ superctl reload bunctl.json
web     restarted
worker  unchanged`,
  async run(context) {
    const [file = findConfigFile(process.cwd())] = context.args.words
    if (file === undefined) throw usage('there is no bunctl.json here; name a file')
    const configs = await loadConfigFile(file)
    return withDaemon(context, async (remote) => tell(context, await remote.reload(configs)))
  },
})

export const save = command({
  name: 'save',
  options: COMMON,
  about: `Keeps the list of the apps that run now, for superctl resurrect. A daemon that ends and
starts again finds its apps without it.`,
  example: `$ superctl save
saved 2 apps in /home/ada/.local/state/superctl/default/saved.json`,
  run: (context) =>
    withDaemon(context, async (remote) => {
      const saved = await remote.save()
      const { path, apps } = saved
      const line = `saved ${apps} ${apps === 1 ? 'app' : 'apps'} in ${path}`
      await context.terminal.print(context.args.options.json ? JSON.stringify(saved) : line)
      return EXIT.done
    }),
})

export const resurrect = command({
  name: 'resurrect',
  options: COMMON,
  about:
    'Starts the apps of the list that superctl save kept. Those that run are left as they are.',
  example: `$ superctl resurrect
web     started
worker  unchanged`,
  run: (context) => withDaemon(context, async (remote) => tell(context, await remote.resurrect())),
})

async function tell(
  { args, terminal }: CommonContext,
  changes: readonly Change[],
): Promise<number> {
  const { json } = args.options
  if (json) await terminal.print(JSON.stringify(changes))
  else if (changes.length === 0) terminal.note('there is no app in the list')
  const widest = Math.max(0, ...changes.map(({ id }) => id.length))
  for (const { id, action, error } of json ? [] : changes) {
    if (error === undefined) await terminal.print(`${id.padEnd(widest)}  ${action}`)
    else terminal.fail(error)
  }
  return changes.some(({ action }) => action === 'failed') ? EXIT.refused : EXIT.done
}
