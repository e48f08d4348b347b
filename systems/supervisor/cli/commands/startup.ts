// superctl startup: a systemd user unit, for the daemon to start with the machine.
import { fileURLToPath } from 'node:url'
import { daemonPlace, stateDirectory } from '../../src/daemon/places.js'
import { COMMON, type Command, EXIT } from '../command.js'

export const startup: Command = {
  name: 'startup',
  words: [],
  options: COMMON,
  help: `superctl startup

Prints a systemd user unit that starts the daemon with the session, or with the machine
when lingering is on. The daemon starts the apps it had.

Example:
  $ superctl startup > ~/.config/systemd/user/superctl.service
  $ systemctl --user enable --now superctl
  $ loginctl enable-linger      # to start with the machine`,
  run: async ({ args, terminal, json }) => {
    const unit = unitText(args.value('socket'), args.value('state'))
    await terminal.print(json ? JSON.stringify({ unit }) : unit)
    return EXIT.ok
  },
}

function unitText(socket: string | undefined, state: string | undefined): string {
  const launcher = fileURLToPath(new URL('../../../bin/superctl.js', import.meta.url))
  const place = daemonPlace(socket)
  const told = [
    ...(socket === undefined ? [] : ['--socket', place.endpoint]),
    ...(state === undefined ? [] : ['--state', stateDirectory(place, state)]),
  ]
  const command = [process.execPath, launcher, 'daemon', ...told].map(unitWord).join(' ')
  return `# ~/.config/systemd/user/superctl.service
[Unit]
Description=superctl, keeps programs running

[Service]
ExecStart=${command}
# Only the daemon is told to end: it ends its apps, each in its own time.
KillMode=mixed
TimeoutStopSec=60
Restart=on-failure

[Install]
WantedBy=default.target`
}

/** % and " mean something in a unit. */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return /[\s"]/.test(word) ? `"${escaped}"` : escaped
}
