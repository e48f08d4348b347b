// `superctl --help`: the commands and exit codes on one screen.

export const overview = `Keeps programs running on this machine.

  superctl start NAME -- COMMAND ARGS…   run a program and keep it running
  superctl start [FILE]                  the apps of bunctl.json and its like
  superctl stop | restart | delete NAME…
  superctl status [NAME]                 how apps do
  superctl ps                            the same, kept up to date
  superctl logs [NAME] [-f] [-n LINES]   what apps print
  superctl events [NAME]                 what happens to apps
  superctl reload [FILE]                 change only what differs
  superctl save | resurrect              keep a list of apps, start it again
  superctl kill [--leave]                end the daemon
  superctl daemon | startup              for service managers

The first command starts the daemon. --json with every command is for scripts.
superctl COMMAND --help has more, superctl --version tells the version.

Exit codes
  0  done                  3    could not reach the daemon, or lost it
  1  the daemon refused    4    timed out
  2  wrong usage           130  Ctrl-C

Example
  $ superctl start clock -- sh -c 'while date; do sleep 1; done'
  started clock (pid 4711)
  $ superctl logs clock -f`
