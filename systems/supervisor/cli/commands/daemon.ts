// superctl daemon: the daemon itself, in the foreground.

import { isTielineError } from 'tieline'
import { command, EXIT, versionOf } from 'tieline/command'
import { manifest } from '../manifest.js'

export const daemon = command({
  name: 'daemon',
  options: {
    leave: {
      kind: 'flag',
      about: `when it ends, leave its apps running for the next daemon;
else they are ended, and started again with the next daemon`,
    },
    'if-none': { kind: 'flag', about: 'end quietly when another daemon is there' },
    socket: {
      kind: 'text',
      value: 'PATH',
      about: `where to listen; else $SUPERCTL_SOCKET, else
$XDG_RUNTIME_DIR/bunctl.sock, else /tmp/bunctl.sock`,
    },
    state: {
      kind: 'text',
      value: 'DIR',
      about: `where to keep state and logs; else $SUPERCTL_STATE, else a
directory below $XDG_STATE_HOME or ~/.local/state`,
    },
    json: { kind: 'flag' },
    timeout: { kind: 'duration', value: 'TIME' },
  },
  about: `Runs the daemon in the foreground, until SIGTERM or Ctrl-C, and logs to stderr. Other
commands start one in the background when none runs, so this is for service managers
(superctl startup) and for looking at what it does.

It keeps its state on disk. Killed with SIGKILL and started again, it finds its apps,
adopts those that live and starts the others as their policy says.`,
  example: `$ superctl daemon --socket /run/user/1000/mine.sock
2026-11-21T09:00:00.000Z listening at unix:/run/user/1000/mine.sock …`,
  // Told to end is what a daemon ends for: no failure.
  endsWell: true,
  async run({ args: { options }, signal, terminal }) {
    const { daemonPlace, stateDirectory } = await import('../../src/daemon/places.js')
    const { startDaemon } = await import('../../src/daemon/daemon.js')
    const place = daemonPlace(options.socket)
    const log = (line: string) => terminal.note(`${new Date().toISOString()} ${line}`)
    let running: Awaited<ReturnType<typeof startDaemon>>
    try {
      running = await startDaemon({
        place,
        directory: stateDirectory(place, options.state),
        version: await versionOf(manifest),
        log,
      })
    } catch (error) {
      if (options['if-none'] && isTielineError(error, 'endpoint-in-use')) return EXIT.done
      throw error
    }
    const end = () => void running.close(options.leave ? 'leave' : 'stop')
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    await running.ended
    return EXIT.done
  },
})
