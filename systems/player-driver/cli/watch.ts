// player-driver watch: follows one player and keeps the driver up to date with what it plays.
import { resolve } from 'node:path'
import { isTielineError } from 'tieline'
import { clean } from '../src/display/text.js'
import { stayConnected } from '../src/ipc/stay-connected.js'
import { demoWatcher } from '../src/watchers/demo.js'
import { type MpvChange, mpvWatcher } from '../src/watchers/mpv.js'
import type { Watcher } from '../src/watchers/watcher.js'
import { changeLine } from './changes.js'
import { type Command, type Context, EXIT } from './command.js'
import { usage } from './usage.js'

export const watch: Command = {
  name: 'watch',
  words: ['SOURCE'],
  options: { at: { takesValue: true }, name: { takesValue: true } },
  help: `player-driver watch SOURCE

Registers a player with the driver and keeps it up to date, until Ctrl-C. When
the driver or the player is restarted it goes on by itself, and says so.

  SOURCE          mpv:PATH follows mpv through its IPC socket, which mpv makes
                  when it is started with --input-ipc-server=PATH;
                  demo plays a built-in playlist, without any player
  --at ENDPOINT   where the driver is (default $FSCT_IPC_ENDPOINT or local:fsct)
  --name TEXT     what the player calls itself (default: mpv, demo)

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

/** Throws `usage` for a source that is none. */
function watcherOf(
  source: string,
  name: string | undefined,
  print: (line: string) => void,
): Watcher {
  const selfId = name === undefined ? {} : { selfId: name }
  if (source === 'demo') return demoWatcher(selfId)
  const [, given] = /^mpv:(.*)$/s.exec(source) ?? []
  if (given === undefined)
    throw usage(`watch knows no source '${source}'; there are mpv:PATH, demo`)
  if (given === '') throw usage('mpv: needs the path of its socket: mpv:PATH')
  const path = resolve(given)
  const told = (change: MpvChange) => print(mpvLine(change, path))
  return mpvWatcher(path, { ...selfId, told })
}

function mpvLine(change: MpvChange, path: string): string {
  if (change.kind === 'following') return `following mpv at ${path}`
  const { error } = change
  const ended = isTielineError(error, 'connection-lost')
  const why = ended ? 'mpv has ended' : `no mpv (${error.message})`
  return `${why}; waiting for mpv --input-ipc-server=${path}`
}
