// What the commands that talk to the daemon have in common.
import type { Context, Options, Words } from 'tieline/command'

export const COMMON = {
  json: {
    kind: 'flag',
    about: 'print JSON, for scripts; an error as\n{"error": {"code", "message"}}',
  },
  socket: {
    kind: 'text',
    value: 'PATH',
    about: `where the daemon listens; else $SUPERCTL_SOCKET, else
$XDG_RUNTIME_DIR/bunctl.sock, else /tmp/bunctl.sock`,
  },
  state: { kind: 'text', value: 'DIR' },
  timeout: {
    kind: 'duration',
    value: 'TIME',
    about: 'how long to wait for the daemon: 500ms, 5s, 2m (default 1m)',
  },
} as const satisfies Options

export type CommonContext = Context<Words, typeof COMMON>
