// player-driver user: the part that runs for each user, between the user's players and the driver.

import { clean } from '../src/display/text.js'
import { driverEndpoint, endpointFrom } from '../src/ipc/endpoint.js'
import { runUserPart } from '../src/user/user-part.js'
import { changeLine } from './changes.js'
import { type Command, type Context, EXIT } from './command.js'
import { watcherOf } from './sources.js'

export const user: Command = {
  name: 'user',
  words: ['[SOURCE...]'],
  options: { at: { takesValue: true }, driver: { takesValue: true } },
  endsWell: true,
  help: `player-driver user [SOURCE...]

Runs the part of one user until Ctrl-C or SIGTERM: follows the sources, and
offers a driver of its own to the user's programs, whose players it forwards.
When the driver is restarted it registers all of them again, and says so.

  SOURCE             mpv:PATH, mpris, demo: see player-driver watch --help
  --at ENDPOINT      where this part listens (default local:fsct-user)
  --driver ENDPOINT  where the driver is
                     (default $FSCT_IPC_ENDPOINT or local:fsct)

Example:
  $ player-driver user mpv:/tmp/mpv.sock
  user part at local:fsct-user (pid 4712)
  connected to the driver at local:fsct`,
  run,
}

async function run({ args, output, signal }: Context): Promise<number> {
  const print = (line: string) => output.line(clean(line))
  const driver = args.value('driver')
  const watchers = args.words.map((source) => watcherOf(source, undefined, print))
  await runUserPart({
    driver: driver === undefined ? driverEndpoint() : endpointFrom(driver),
    at: endpointFrom(args.value('at') ?? 'local:fsct-user'),
    watchers,
    signal,
    listening: ({ endpoint }) => print(`user part at ${endpoint} (pid ${process.pid})`),
    told: (change) => {
      const first = change.kind === 'connected' && !change.again
      const at = first ? change.driver.endpoint : ''
      print(first ? `connected to the driver at ${at}` : (changeLine(change) ?? ''))
    },
    note: (line) => output.note(clean(line)),
  })
  return EXIT.done
}
