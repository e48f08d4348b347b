// superctl daemon: the daemon itself, in the foreground.
import { isTielineError } from 'tieline'
import { COMMON, type Command, EXIT } from '../command.js'
import { version } from '../version.js'

export const daemon: Command = {
  name: 'daemon',
  words: [],
  options: { ...COMMON, leave: {}, 'if-none': {} },
  help: `superctl daemon

Runs the daemon in the foreground, until SIGTERM or Ctrl-C, and logs to stderr. Other
commands start one in the background when none runs, so this is for service managers
(superctl startup) and for looking at what it does.

It keeps its state on disk. Killed with SIGKILL and started again, it finds its apps,
adopts those that live and starts the others as their policy says.

  --leave          when it ends, leave its apps running for the next daemon;
                   else they are ended, and started again with the next daemon
  --if-none        end quietly when another daemon is there
  --socket PATH    where to listen; else $SUPERCTL_SOCKET, else
                   $XDG_RUNTIME_DIR/bunctl.sock, else /tmp/bunctl.sock
  --state DIR      where to keep state and logs; else $SUPERCTL_STATE, else a
                   directory below $XDG_STATE_HOME or ~/.local/state

Example:
  $ superctl daemon --socket /run/user/1000/mine.sock
  2026-11-21T09:00:00.000Z listening at unix:/run/user/1000/mine.sock …`,
  run: async ({ args, signal, terminal }) => {
    const { daemonPlace, stateDirectory } = await import('../../src/daemon/places.js')
    const { startDaemon } = await import('../../src/daemon/daemon.js')
    const place = daemonPlace(args.value('socket'))
    const log = (line: string) => terminal.note(`${new Date().toISOString()} ${line}`)
    let running: Awaited<ReturnType<typeof startDaemon>>
    try {
      running = await startDaemon({
        place,
        directory: stateDirectory(place, args.value('state')),
        version: await version(),
        log,
      })
    } catch (error) {
      if (args.has('if-none') && isTielineError(error, 'endpoint-in-use')) return EXIT.ok
      throw error
    }
    const end = () => void running.close(args.has('leave') ? 'leave' : 'stop')
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    await running.ended
    // Told to end is what a daemon ends for: no failure.
    return EXIT.ok
  },
}
