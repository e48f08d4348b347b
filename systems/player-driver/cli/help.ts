// `player-driver --help`: the commands, the endpoint and the exit codes on one screen.

export const overview = `Shows what media players play on attached devices.

  player-driver driver       the driver: owns players and devices, listens
  player-driver watch SOURCE follows a player: mpv:PATH, mpris, demo
  player-driver display      a device: shows on this terminal what is played
  player-driver user         the part of one user: watchers, and a way onward
  player-driver status       connections, players, devices
  player-driver demo         a driver, a watcher and a display, to look at

All of them find each other at --at ENDPOINT; without it at $FSCT_IPC_ENDPOINT;
without that at $XDG_RUNTIME_DIR/fsct/fsct.sock (local:fsct).

  ENDPOINT   local:NAME    a name of your own user's
             unix:/PATH    a Unix socket; the path alone will do
             pipe:NAME     a Windows named pipe

Exit codes
  0  done                        3    could not connect, or nobody could listen
  1  the driver refused          4    timed out
  2  wrong usage                 130  Ctrl-C

Example, each in a terminal of its own
  $ player-driver driver
  $ player-driver watch demo
  $ player-driver display

player-driver COMMAND --help has more; --version tells the version.`
