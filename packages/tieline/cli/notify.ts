// tieline notify: one message, no answer.
import { command, EXIT } from '../src/command/command.js'
import { jsonFrom, paramsFor } from './input.js'
import { ENDPOINT, JSON_PARAMS, protocol, timeout } from './options.js'
import { targetFrom, withPeer } from './session.js'

export const notify = command({
  name: 'notify',
  words: ['ENDPOINT', 'METHOD', '[JSON]'],
  options: {
    protocol,
    timeout: timeout('for connecting and sending: 500ms, 5s, 2m (default 10s)'),
  },
  about: `Sends a notification. Nothing comes back, so nothing is printed: exit code 0
says that it was sent and, with native, that the other side has read it.`,
  terms: { ENDPOINT, JSON: JSON_PARAMS },
  example: `$ tieline notify local:greeter log '"lunch is ready"'`,
  async run({ args, signal }) {
    const [endpoint, method, params] = args.words
    const target = await targetFrom(endpoint, args.options)
    const value = paramsFor(target.protocol, await jsonFrom(params, signal))
    return withPeer(target, signal, async ({ peer, left }) => {
      peer.notify(method, value)
      // Answered behind the notification: if that ended the connection, this tells why.
      if (target.protocol.dialect().can.ping) await peer.ping({ timeout: left() })
      return EXIT.done
    })
  },
})
