// Tieline's own protocol over a WebSocket on loopback, with its token.
import { native } from 'tieline'
import { websocket } from 'tieline/transport'
import { freePort, leavePort, portAt } from './sockets.js'
import { served } from './tieline.js'

const token = 'bench'

export const subject = served('tieline-websocket', {
  protocol: native({ over: 'messages' }),
  title: 'native over a WebSocket on 127.0.0.1, with a token',
  async listening(path) {
    const port = await freePort()
    await leavePort(path, port)
    return websocket(`ws://127.0.0.1:${port}/`, { token })
  },
  dialing: async (path) => websocket(`ws://127.0.0.1:${await portAt(path)}/`, { token }),
})
