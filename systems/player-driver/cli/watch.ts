// player-driver watch: follows one player and keeps the driver up to date with what it plays.
import { clean } from '../src/display/text.js'
import { stayConnected } from '../src/ipc/stay-connected.js'
import { changeLine } from './changes.js'
import { type Command, type Context, EXIT } from './command.js'
import { watcherOf } from './sources.js'

export const watch: Command = {
  name: 'watch',
  words: ['SOURCE'],
  options: { at: { takesValue: true }, name: { takesValue: true } },
  help: `player-driver watch SOURCE

Registers a player with the driver and keeps it up to date, until Ctrl-C. When
the driver or the player is restarted it goes on by itself, and says so.

  SOURCE          mpv:PATH follows mpv through its IPC socket, which mpv makes
                  when it is started with --input-ipc-server=PATH;
                  mpris follows every MPRIS player on the session's D-Bus;
                  demo plays a built-in playlist, without any player
  --at ENDPOINT   where the driver is (default $FSCT_IPC_ENDPOINT or local:fsct)
  --name TEXT     what the player calls itself (default: mpv, demo,
                  an MPRIS player's own name)

Example:
  $ mpv --input-ipc-server=/tmp/mpv.sock song.flac &
  $ player-driver watch mpv:/tmp/mpv.sock
  following mpv at /tmp/mpv.sock`,
  run,
}

async function run({ args, output, signal }: Context): Promise<number> {
  const source = args.word(0) as string
  const watcher = watcherOf(source, args.value('name'), (line) => output.line(clean(line)))
  await stayConnected({
    at: args.endpoint,
    signal,
    told: (change) => {
      const line = changeLine(change)
      if (line !== undefined) output.line(line)
      else if (source === 'demo') output.line('playing the built-in playlist')
    },
    use: (driver, ending) => watcher.run(driver, ending),
  })
  return EXIT.done
}
