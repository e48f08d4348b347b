// player-driver driver: the process that owns players and devices and listens for both.
import { command, EXIT } from 'tieline/command'
import { clean } from '../src/display/text.js'
import { DriverHost } from '../src/domain/host.js'
import { serveDriver } from '../src/driver/server.js'
import { forAllUsers } from '../src/ipc/endpoint.js'
import { aborted } from '../src/watchers/wait.js'
import { at, driverFrom, tied, whileTied } from './common.js'

export const driver = command({
  name: 'driver',
  options: {
    at: at('where to listen (default $FSCT_IPC_ENDPOINT or local:fsct)'),
    users: {
      kind: 'flag',
      about: `let in all users of the machine, each with players of its
own; for an endpoint such as /run/fsct/fsct.sock (Linux)`,
    },
    tied,
  },
  about: `Runs the driver until Ctrl-C or SIGTERM. Watchers register players with it,
displays show what it sends them. Prints one line when it listens; what goes
wrong with a client is told on stderr.`,
  notes: `Otherwise only your own user can connect: the directory has mode 0700, the
socket 0600, and each client's uid is asked of the kernel. At the end, calls in
flight are finished (5 s at most; a second Ctrl-C ends at once).`,
  example: `$ player-driver driver
player driver at local:fsct (protocol 1.0, pid 4711)`,
  endsWell: true,
  run: (context) =>
    whileTied(context, async (signal) => {
      const { args, terminal } = context
      const note = (line: string) => terminal.note(clean(line))
      const host = new DriverHost({
        deviceFailed: ({ id, name }, error) =>
          note(`device ${name ?? id} failed: ${String(error)}`),
      })
      const endpoint = driverFrom(args.options.at)
      const at = args.options.users ? forAllUsers(endpoint) : endpoint
      const server = await serveDriver(host, { at, note })
      await terminal.print(`player driver at ${server.endpoint} (protocol 1.0, pid ${process.pid})`)
      await aborted(signal)
      await server.close()
      return EXIT.done
    }),
})
