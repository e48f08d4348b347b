// The `player-driver` command. A command's file is loaded when it is asked for.
import { program } from 'tieline/command'

await program({
  name: 'player-driver',
  // From dist/cli to the package's root.
  manifest: new URL('../../package.json', import.meta.url),
  summary: 'Shows what media players play on attached devices.',
  commands: {
    driver: {
      summary: 'the driver: owns players and devices, listens',
      load: async () => (await import('./driver.js')).driver,
    },
    watch: {
      summary: { 'watch SOURCE': 'follows a player: mpv:PATH, mpris, demo' },
      load: async () => (await import('./watch.js')).watch,
    },
    display: {
      summary: 'a device: shows on this terminal what is played',
      load: async () => (await import('./display.js')).display,
    },
    user: {
      summary: 'the part of one user: watchers, and a way onward',
      load: async () => (await import('./user.js')).user,
    },
    status: {
      summary: 'connections, players, devices',
      load: async () => (await import('./status.js')).status,
    },
    demo: {
      summary: 'a driver, a watcher and a display, to look at',
      load: async () => (await import('./demo.js')).demo,
    },
  },
  notes: `All of them find each other at --at ENDPOINT; without it at $FSCT_IPC_ENDPOINT;
without that at $XDG_RUNTIME_DIR/fsct/fsct.sock (local:fsct).

  ENDPOINT   local:NAME    a name of your own user's
             unix:/PATH    a Unix socket; the path alone will do
             pipe:NAME     a Windows named pipe`,
  exits: {
    refused: 'the driver refused',
    unreachable: 'could not connect, or nobody could listen',
  },
  // Each in a terminal of its own.
  example: `$ player-driver driver
$ player-driver watch demo        # in a second terminal
$ player-driver display           # in a third`,
  explain: async () => (await import('./explain.js')).explain,
  // `npm run demo`: npm passes on the signal that the terminal has given to all.
  echoMs: 500,
}).run(process)
