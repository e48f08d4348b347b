// player-driver driver: the process that owns players and devices and listens for both.

import { clean } from '../src/display/text.js'
import { DriverHost } from '../src/domain/host.js'
import { serveDriver } from '../src/driver/server.js'
import { forAllUsers } from '../src/ipc/endpoint.js'
import { aborted } from '../src/watchers/wait.js'
import { type Command, type Context, EXIT } from './command.js'

export const driver: Command = {
  name: 'driver',
  words: [],
  options: { at: { takesValue: true }, users: {} },
  endsWell: true,
  help: `player-driver driver

Runs the driver until Ctrl-C or SIGTERM. Watchers register players with it,
displays show what it sends them. Prints one line when it listens; what goes
wrong with a client is told on stderr.

  --at ENDPOINT   where to listen (default $FSCT_IPC_ENDPOINT or local:fsct)
  --users         let in all users of the machine, each with players of its
                  own; for an endpoint such as /run/fsct/fsct.sock (Linux)

Otherwise only your own user can connect: the directory has mode 0700, the
socket 0600, and each client's uid is asked of the kernel. At the end, calls in
flight are finished (5 s at most; a second Ctrl-C ends at once).

Example:
  $ player-driver driver
  player driver at local:fsct (protocol 1.0, pid 4711)`,
  run,
}

async function run({ args, output, signal }: Context): Promise<number> {
  const note = (line: string) => output.note(clean(line))
  const host = new DriverHost({
    deviceFailed: ({ id, name }, error) => note(`device ${name ?? id} failed: ${String(error)}`),
  })
  const at = args.has('users') ? forAllUsers(args.endpoint) : args.endpoint
  const server = await serveDriver(host, { at, note })
  output.line(`player driver at ${server.endpoint} (protocol 1.0, pid ${process.pid})`)
  await aborted(signal)
  await server.close()
  return EXIT.done
}
