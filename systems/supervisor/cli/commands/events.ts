// superctl events: what happens to apps, as it happens.

import { TielineError } from 'tieline'
import { command, type Paint } from 'tieline/command'
import type { SubscriberEvent } from '../../src/domain/events.js'
import { COMMON } from '../common.js'
import { withDaemon } from '../session.js'

export const events = command({
  name: 'events',
  words: ['[NAME]'],
  options: { logs: { kind: 'flag', about: 'log lines too' }, ...COMMON },
  about: `Prints what happens to an app, or to all, until Ctrl-C: starting, process_started,
running; process_exited, process_crashed, process_restarting …`,
  example: `$ superctl events web
web  status_change      state=starting
web  process_started    pid=4711
web  status_change      state=running`,
  run: (context) =>
    withDaemon(context, async (remote) => {
      const { args, terminal } = context
      const [app] = args.words
      const kind = args.options.logs ? 'all' : 'status'
      const filter = app === undefined ? { kind } : ({ kind, app } as const)
      for await (const batch of remote.events(filter as { kind: 'all' | 'status' })) {
        const lines = batch.map((event) =>
          args.options.json ? JSON.stringify(event) : eventLine(event, terminal.paint),
        )
        await terminal.print(lines.join('\n'))
      }
      throw new TielineError('connection-lost', 'the daemon has ended', { origin: 'channel' })
    }),
})

/** Columns of an event's name: the longest has 23 letters, the usual ones fit in this. */
const NAME_COLUMNS = 18

function eventLine({ event_type: type, data }: SubscriberEvent, paint: Paint): string {
  const { app = '', ...rest } = data as { app?: string } & Record<string, unknown>
  const fields = Object.entries(rest).map(([name, value]) => {
    const plain = typeof value === 'string' && /^[!-~]+$/.test(value)
    const text = plain ? value : JSON.stringify(value)
    return `${paint('dim', `${name}=`)}${text}`
  })
  return `${paint('cyan', app)}  ${type.padEnd(NAME_COLUMNS)} ${fields.join(' ')}`
}
