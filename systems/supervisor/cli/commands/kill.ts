// superctl kill: ends the daemon.

import { isTielineError, TielineError } from 'tieline'
import { command, EXIT } from 'tieline/command'
import { startTimeOf } from '../../src/processes/process-table.js'
import { COMMON, type CommonContext } from '../common.js'
import type { Remote } from '../remote.js'
import { timeoutOf, withDaemon } from '../session.js'

export const kill = command({
  name: 'kill',
  options: {
    leave: { kind: 'flag', about: 'leave the apps running; the next daemon finds them again' },
    ...COMMON,
  },
  about: `Ends the daemon and its apps. They are still known, and stay stopped when the next
daemon starts, but for those with auto_start or the policy always.`,
  example: `$ superctl kill
ended the daemon and its apps`,
  async run(context) {
    const { args, terminal } = context
    const { json } = args.options
    const apps = args.options.leave ? 'leave' : 'stop'
    const tell = async (line: string, ended: boolean) => {
      await terminal.print(json ? JSON.stringify({ ended, apps }) : line)
      return EXIT.done
    }
    try {
      return await withDaemon(
        context,
        async (remote) => {
          const { pid } = await remote.info()
          await remote.shutdown(apps)
          await closed(remote, context)
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
})

/** Resolves when the daemon has closed the connection, which it does when its apps have ended. */
async function closed(remote: Remote, { args, signal }: Pick<CommonContext, 'args' | 'signal'>) {
  let leave = () => {}
  const givenUp = new Promise<never>((_, reject) => {
    const late = () =>
      reject(new TielineError('deadline-exceeded', 'the daemon is still ending its apps'))
    const cancel = () => reject(signal.reason as Error)
    const timer = setTimeout(late, timeoutOf(args.options))
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    leave = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
    }
  })
  try {
    await Promise.race([remote.closed, givenUp])
  } finally {
    leave()
  }
}

/** Milliseconds that the daemon's process may take to end once its connections are closed. */
const PROCESS_MS = 5000

async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + PROCESS_MS
  while (startTimeOf(pid) !== undefined && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
