// superctl stop, restart and delete: one or several apps, or all of them.
import { type Context, command, EXIT } from 'tieline/command'
import { COMMON } from '../common.js'
import type { Remote } from '../remote.js'
import { withDaemon } from '../session.js'

interface Done {
  readonly id: string
  readonly pid?: number | null
}

type Act = (remote: Remote, name: string) => Promise<Done>

function acting(name: string, what: string, example: string, past: string, act: Act) {
  return command({
    name,
    words: ['NAME…'],
    options: COMMON,
    about: `${what}
NAME may be all. Several at once are dealt with at the same time.`,
    example,
    run: (context) => run(context, past, act),
  })
}

export const stop = acting(
  'stop',
  `Ends an app with its whole process group: the stop signal (SIGTERM), and SIGKILL when
stop_timeout has passed. It stays ended until superctl start NAME.`,
  `$ superctl stop web
stopped web`,
  'stopped',
  async (remote, name) => ({ id: await remote.stop(name) }),
)

export const restart = acting(
  'restart',
  'Ends an app as stop does, if it runs, and starts it.',
  `$ superctl restart web
restarted web (pid 4712)`,
  'restarted',
  (remote, name) => remote.restart(name),
)

export const remove = acting(
  'delete',
  'Ends an app as stop does and forgets it. Its log files stay where they are.',
  `$ superctl delete web
deleted web`,
  'deleted',
  async (remote, name) => ({ id: await remote.remove(name) }),
)

type ActContext = Context<readonly ['NAME…'], typeof COMMON>

async function run(context: ActContext, past: string, act: Act): Promise<number> {
  const { args, terminal } = context
  const { json } = args.options
  return withDaemon(context, async (remote) => {
    const all = args.words.length === 1 && args.words[0] === 'all'
    const names = all ? await running(remote, past) : args.words
    const single = names.length === 1 && !all
    if (single) {
      const done = await act(remote, names[0] as string)
      await terminal.print(json ? JSON.stringify(done) : line(past, done))
      return EXIT.done
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
    return results.some((result) => 'error' in result) ? EXIT.refused : EXIT.done
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
