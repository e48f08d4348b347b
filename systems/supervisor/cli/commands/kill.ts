// superctl kill: ends the daemon.
import { isTielineError } from 'tieline'
import { startTimeOf } from '../../src/processes/process-table.js'
import { COMMON, COMMON_HELP, type Command, EXIT } from '../command.js'

export const kill: Command = {
  name: 'kill',
  words: [],
  options: { ...COMMON, leave: {} },
  help: `superctl kill

Ends the daemon and its apps. They are still known, and stay stopped when the next
daemon starts, but for those with auto_start or the policy always.

  --leave          leave the apps running; the next daemon finds them again
${COMMON_HELP}

Example:
  $ superctl kill
  ended the daemon and its apps`,
  run: async (context) => {
    const { args, terminal, json } = context
    const apps = args.has('leave') ? 'leave' : 'stop'
    const tell = async (line: string, ended: boolean) => {
      await terminal.print(json ? JSON.stringify({ ended, apps }) : line)
      return EXIT.ok
    }
    try {
      return await context.withDaemon(
        async (remote) => {
          const { pid } = await remote.info()
          await remote.shutdown(apps)
          await remote.closed
          await gone(pid)
          const its = apps === 'leave' ? 'its apps go on' : 'its apps'
          return tell(`ended the daemon${apps === 'leave' ? '; ' : ' and '}${its}`, true)
        },
        { start: false },
      )
    } catch (error) {
      if (!isTielineError(error, 'connection-refused')) throw error
      return tell('there is no daemon', false)
    }
  },
}

/** Milliseconds that the daemon's process may take to end once its connections are closed. */
const PROCESS_MS = 5000

async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + PROCESS_MS
  while (startTimeOf(pid) !== undefined && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
