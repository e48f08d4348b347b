// superctl logs: the last lines of apps, and the lines as they come.

import { TielineError } from 'tieline'
import { type Context, command, EXIT } from 'tieline/command'
import type { SubscriberEvent } from '../../src/domain/events.js'
import { COMMON, type CommonContext } from '../common.js'
import type { Remote } from '../remote.js'
import { withDaemon } from '../session.js'
import { NO_APPS } from '../show.js'

/** Lines of the past when it is not told how many. */
const USUAL_LINES = 20

const WORDS = ['[NAME]'] as const
const OPTIONS = {
  follow: { kind: 'flag', short: 'f', about: 'go on with lines as they come, until Ctrl-C' },
  lines: {
    kind: 'number',
    short: 'n',
    value: 'N',
    least: 0,
    about: `how many lines of the past, 0 to 1000 (default ${USUAL_LINES})`,
  },
  ...COMMON,
} as const

type LogsContext = Context<typeof WORDS, typeof OPTIONS>

export const logs = command({
  name: 'logs',
  words: WORDS,
  options: OPTIONS,
  about: `Prints the last lines that an app printed, or all apps: first its output, then its
errors (!). The whole logs are in files: superctl status NAME tells their paths.`,
  notes: `When lines come faster than they can be shown, the oldest are left out and their
number is told. With --json: a line {"app", "stream", "line"} for each.`,
  example: `$ superctl logs web -f -n 1
web | listening on 8080
web | GET / 200`,
  run: (context) =>
    withDaemon(context, (remote) =>
      context.args.options.follow ? follow(context, remote) : last(context, remote),
    ),
})

interface Line {
  readonly app: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
}

async function last(context: LogsContext, remote: Remote): Promise<number> {
  const [name] = context.args.words
  const { lines = USUAL_LINES } = context.args.options
  // One after the other: all of them at once might be more than one message can hold.
  const names = name === undefined ? await remote.list() : [name]
  if (names.length === 0 && !context.args.options.json) context.terminal.note(NO_APPS)
  for (const each of names) {
    const [found] = await remote.logs(each, lines)
    if (found === undefined) continue
    const { app } = found
    const { output, errors } = found.logs
    await show(
      context,
      output.map((line) => ({ app, stream: 'stdout', line })),
    )
    await show(
      context,
      errors.map((line) => ({ app, stream: 'stderr', line })),
    )
  }
  return EXIT.done
}

async function follow(context: LogsContext, remote: Remote): Promise<number> {
  const [name] = context.args.words
  const { lines = USUAL_LINES } = context.args.options
  const named = name === undefined ? {} : { name }
  for await (const batch of remote.follow({ ...named, lines })) await showEvents(context, batch)
  throw new TielineError('connection-lost', 'the daemon has ended', { origin: 'channel' })
}

async function showEvents(
  context: CommonContext,
  batch: readonly SubscriberEvent[],
): Promise<void> {
  const lines: Line[] = []
  for (const event of batch) {
    if (event.event_type === 'log_line') lines.push(event.data)
    else if (event.event_type === 'events_lost') {
      await show(context, lines.splice(0))
      await lost(context, event.data.count)
    }
  }
  await show(context, lines)
}

async function lost({ args, terminal }: CommonContext, count: number): Promise<void> {
  if (args.options.json) await terminal.print(JSON.stringify({ lost: count }))
  else terminal.note(`superctl: ${count} lines were left out, they came too fast`, 'yellow')
}

async function show({ args, terminal }: CommonContext, lines: readonly Line[]): Promise<void> {
  if (lines.length === 0) return
  const texts = lines.map((each) => {
    if (args.options.json) return JSON.stringify(each)
    const mark = each.stream === 'stderr' ? terminal.paint('red', '!') : '|'
    return `${terminal.paint('cyan', each.app)} ${mark} ${each.line}`
  })
  await terminal.print(texts.join('\n'))
}
