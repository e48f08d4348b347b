// superctl startup: a systemd user unit, for the daemon to start with the machine.

import { fileURLToPath } from 'node:url'
import { command, EXIT } from 'tieline/command'
import { daemonPlace, stateDirectory } from '../../src/daemon/places.js'

export const startup = command({
  name: 'startup',
  options: {
    json: { kind: 'flag', about: 'print {"unit"}, for scripts' },
    socket: { kind: 'text', value: 'PATH', about: 'the socket of the daemon that it starts' },
    state: { kind: 'text', value: 'DIR', about: 'and where that one keeps state and logs' },
    timeout: { kind: 'duration', value: 'TIME' },
  },
  about: `Prints a systemd user unit that starts the daemon with the session, or with the machine
when lingering is on. The daemon starts the apps it had.`,
  example: `$ superctl startup > ~/.config/systemd/user/superctl.service
$ systemctl --user enable --now superctl
$ loginctl enable-linger      # to start with the machine`,
  async run({ args, terminal }) {
    const { socket, state, json } = args.options
    const unit = unitText(socket, state)
    await terminal.print(json ? JSON.stringify({ unit }) : unit)
    return EXIT.done
  },
})

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
