// superctl stop, restart and delete: one or several apps, or all of them.
import { COMMON, COMMON_HELP, type Command, type Context, EXIT } from '../command.js'
import type { Remote } from '../remote.js'

interface Done {
  readonly id: string
  readonly pid?: number | null
}

type Act = (remote: Remote, name: string) => Promise<Done>

function command(name: string, what: string, example: string, past: string, act: Act): Command {
  return {
    name,
    words: ['NAME…'],
    options: COMMON,
    help: `superctl ${name} NAME…

${what}
NAME may be all. Several at once are dealt with at the same time.

${COMMON_HELP}

Example:
${example}`,
    run: (context) => run(context, past, act),
  }
}

export const stop = command(
  'stop',
  `Ends an app with its whole process group: the stop signal (SIGTERM), and SIGKILL when
stop_timeout has passed. It stays ended until superctl start NAME.`,
  `  $ superctl stop web
  stopped web`,
  'stopped',
  async (remote, name) => ({ id: await remote.stop(name) }),
)

export const restart = command(
  'restart',
  'Ends an app as stop does, if it runs, and starts it.',
  `  $ superctl restart web
  restarted web (pid 4712)`,
  'restarted',
  (remote, name) => remote.restart(name),
)

export const remove = command(
  'delete',
  'Ends an app as stop does and forgets it. Its log files stay where they are.',
  `  $ superctl delete web
  deleted web`,
  'deleted',
  async (remote, name) => ({ id: await remote.remove(name) }),
)

async function run(context: Context, past: string, act: Act): Promise<number> {
  const { args, terminal, json } = context
  return context.withDaemon(async (remote) => {
    const all = args.words.length === 1 && args.words[0] === 'all'
    const names = all ? await running(remote, past) : args.words
    const single = names.length === 1 && !all
    if (single) {
      const done = await act(remote, names[0] as string)
      await terminal.print(json ? JSON.stringify(done) : line(past, done))
      return EXIT.ok
    }
    const results = await Promise.all(
      names.map(async (name) => {
        try {
          return await act(remote, name)
        } catch (error) {
          return { id: name, error: (error as Error).message }
        }
      }),
    )
    if (json) await terminal.print(JSON.stringify(results))
    else {
      for (const result of results) {
        if ('error' in result) terminal.fail(result.error)
        else await terminal.print(line(past, result))
      }
      if (results.length === 0) terminal.note('there is no app for that')
    }
    return results.some((result) => 'error' in result) ? EXIT.refused : EXIT.ok
  })
}

/** All apps; of those that are to be stopped, those that can be. */
async function running(remote: Remote, past: string): Promise<readonly string[]> {
  if (past !== 'stopped') return remote.list()
  const apps = await remote.status()
  return apps.filter((app) => app.pid !== null || app.restart_in_ms != null).map((app) => app.name)
}

function line(past: string, { id, pid }: Done): string {
  return pid == null ? `${past} ${id}` : `${past} ${id} (pid ${pid})`
}
