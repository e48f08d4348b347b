// `channel-host serve`: the host as a process, for agents in other processes.
import { command, EXIT } from 'tieline/command'
import { ChannelHost } from '../src/index.js'
import { AT, checkAgentsAt, hostFrom, hostOptions, Teller, until, whereToken } from './common.js'

export const serve = command({
  name: 'serve',
  options: {
    at: { kind: 'text', value: 'ENDPOINT', about: `where agents connect (default ${AT})` },
    ...hostOptions,
    json: { kind: 'flag', about: 'one line of JSON for each thing that happens' },
  },
  about: `Runs a host until Ctrl-C. Agents connect to ENDPOINT, ask for ports, and talk
with the clients that come there. A client is any WebSocket program: it must
show the token, and a page must be of an origin that is allowed.`,
  notes: `A page shows the token as a subprotocol, in base64url:
  new WebSocket('ws://127.0.0.1:9001/',
    ['tieline', 'tieline.token.' + base64url(token)])

Clients of the original host show none: for them, --no-token with their
--origin, or with --without-origin for programs that are no page.`,
  example: `$ channel-host serve --origin http://127.0.0.1:5173
agents connect to local:channel-host
clients show the token in /run/user/1000/channel-host/token`,
  endsWell: true,
  async run({ args, terminal, signal }) {
    const { at = AT, json } = args.options
    checkAgentsAt(at)
    const teller = new Teller(terminal, json)
    const { options, tokenPath } = hostFrom(args.options, at)
    const host = new ChannelHost({ ...options, failed: teller.failed })
    try {
      const { endpoint } = await host.serveAgents({ at })
      const where = whereToken(tokenPath, host.token)
      const text = `agents connect to ${endpoint}\n${where}`
      teller.tell(text, 'listening', { endpoint, tokenFile: tokenPath ?? null })
      await until(signal)
    } finally {
      await host.close()
    }
    return EXIT.done
  },
})
