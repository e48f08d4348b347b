// player-driver user: the part that runs for each user, between the user's players and the driver.
import { command, EXIT } from 'tieline/command'
import { clean } from '../src/display/text.js'
import { endpointFrom } from '../src/ipc/endpoint.js'
import { runUserPart } from '../src/user/user-part.js'
import { changeLine } from './changes.js'
import { at, driverFrom } from './common.js'
import { watcherOf } from './sources.js'

export const user = command({
  name: 'user',
  words: ['[SOURCE…]'],
  options: {
    at: at('where this part listens (default local:fsct-user)'),
    driver: at('where the driver is\n(default $FSCT_IPC_ENDPOINT or local:fsct)'),
  },
  about: `Runs the part of one user until Ctrl-C or SIGTERM: follows the sources, and
offers a driver of its own to the user's programs, whose players it forwards.
When the driver is restarted it registers all of them again, and says so.`,
  terms: { SOURCE: 'mpv:PATH, mpris, demo: see player-driver watch --help' },
  example: `$ player-driver user mpv:/tmp/mpv.sock
user part at local:fsct-user (pid 4712)
connected to the driver at local:fsct`,
  endsWell: true,
  async run({ args, terminal, signal }) {
    const print = (line: string) => void terminal.print(clean(line))
    const watchers = args.words.map((source) => watcherOf(source, undefined, print))
    await runUserPart({
      driver: driverFrom(args.options.driver),
      at: endpointFrom(args.options.at ?? 'local:fsct-user'),
      watchers,
      signal,
      listening: ({ endpoint }) => print(`user part at ${endpoint} (pid ${process.pid})`),
      told: (change) => {
        const first = change.kind === 'connected' && !change.again
        const at = first ? change.driver.endpoint : ''
        print(first ? `connected to the driver at ${at}` : (changeLine(change) ?? ''))
      },
      note: (line) => terminal.note(clean(line)),
    })
    return EXIT.done
  },
})
