// player-driver watch: follows one player and keeps the driver up to date with what it plays.
import { command, EXIT } from 'tieline/command'
import { clean } from '../src/display/text.js'
import { stayConnected } from '../src/ipc/stay-connected.js'
import { changeLine } from './changes.js'
import { driverAt, driverFrom, tied, whileTied } from './common.js'
import { watcherOf } from './sources.js'

export const watch = command({
  name: 'watch',
  words: ['SOURCE'],
  options: {
    at: driverAt,
    name: {
      kind: 'text',
      value: 'TEXT',
      about: "what the player calls itself (default: mpv, demo,\nan MPRIS player's own name)",
    },
    tied,
  },
  about: `Registers a player with the driver and keeps it up to date, until Ctrl-C. When
the driver or the player is restarted it goes on by itself, and says so.`,
  terms: {
    SOURCE: `mpv:PATH follows mpv through its IPC socket, which mpv makes
when it is started with --input-ipc-server=PATH;
mpris follows every MPRIS player on the session's D-Bus;
demo plays a built-in playlist, without any player`,
  },
  example: `$ mpv --input-ipc-server=/tmp/mpv.sock song.flac &
$ player-driver watch mpv:/tmp/mpv.sock
following mpv at /tmp/mpv.sock`,
  run: (context) =>
    whileTied(context, async (signal) => {
      const { args, terminal } = context
      const [source] = args.words
      const print = (line: string) => void terminal.print(line)
      const watcher = watcherOf(source, args.options.name, (line) => print(clean(line)))
      await stayConnected({
        at: driverFrom(args.options.at),
        signal,
        told: (change) => {
          const line = changeLine(change)
          if (line !== undefined) print(line)
          else if (source === 'demo') print('playing the built-in playlist')
        },
        use: (driver, ending) => watcher.run(driver, ending),
      })
      return EXIT.done
    }),
})
