// superctl ps: a table of all apps that keeps itself up to date.
import { command, EXIT } from 'tieline/command'
import { COMMON, type CommonContext } from '../common.js'
import type { Remote } from '../remote.js'
import { withDaemon } from '../session.js'
import { appTable, NO_APPS } from '../show.js'

/** Milliseconds between two tables. */
const REFRESH_MS = 1000
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'
const CLEAR = '\u001b[2J'

export const ps = command({
  name: 'ps',
  options: { once: { kind: 'flag', about: 'print it once' }, ...COMMON },
  about: `A table of all apps, renewed every second until Ctrl-C: state, pid, uptime, restarts,
CPU (100% is one core) and memory of each app's whole process group. When its output
is no terminal, the table is printed once.`,
  example: `$ superctl ps --once
NAME  STATE    PID   UPTIME  RESTARTS  CPU   MEMORY
web   running  4711  2m 3s   0         0.3%  48.1 MiB`,
  run: (context) =>
    withDaemon(context, async (remote) => {
      const { terminal, args } = context
      if (args.options.json) {
        await terminal.print(JSON.stringify(await remote.status()))
      } else if (args.options.once || !terminal.isTerminal) {
        await terminal.print((await rows(context, remote)).join('\n'))
      } else {
        await live(context, remote)
      }
      return EXIT.done
    }),
})

async function live(context: CommonContext, remote: Remote): Promise<void> {
  const { terminal, signal } = context
  const showCursor = () => terminal.write(SHOW_CURSOR)
  // Also for a second Ctrl-C, which ends the process at once.
  process.once('exit', showCursor)
  terminal.write(HIDE_CURSOR + CLEAR)
  try {
    for (;;) {
      const lines = [...(await rows(context, remote)), terminal.paint('dim', 'Ctrl-C ends')]
      const screen = lines.slice(0, terminal.height - 1).map((line) => line + CLEAR_LINE)
      terminal.write(`${HOME}${screen.join('\r\n')}\r\n${CLEAR_BELOW}`)
      await pause(signal)
    }
  } finally {
    process.off('exit', showCursor)
    showCursor()
  }
}

async function rows({ terminal }: CommonContext, remote: Remote): Promise<string[]> {
  const apps = await remote.status()
  if (apps.length === 0) return [NO_APPS]
  return appTable(apps, terminal.width, terminal.paint)
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, REFRESH_MS)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
