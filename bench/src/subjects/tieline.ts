// What the tieline subjects share: serve and connect as users call them, or two bare peers, at the
// defaults: limits, deadlines, heartbeat and reconnection are on. The contract has no schemas.
import { call, connect, contract, type Protocol, serve, type } from 'tieline'
import { Peer, type Service } from 'tieline/peer'
import { local } from 'tieline/transport'
import type { Subject, Work } from '../subject.js'

const Echo = contract({
  name: 'echo',
  version: '1.0',
  methods: {
    call: call({ input: type<Work>(), output: type<Work>() }),
    binary: call({ input: type<Uint8Array>(), output: type<Uint8Array>() }),
  },
})

/** Through `serve` and `connect`. */
export function served(name: string, protocol: Protocol): Subject {
  return {
    name,
    title: `Tieline, serve and connect, ${protocol.name}, contract without schemas, defaults`,
    async server(path) {
      const handlers = { call: (value: Work) => value, binary: (bytes: Uint8Array) => bytes }
      await serve(Echo, handlers, { at: `unix:${path}`, protocol })
    },
    async client(path) {
      const echo = await connect(Echo, { at: `unix:${path}`, protocol })
      return {
        call: (value) => echo.call(value),
        binary: (bytes) => echo.binary(bytes),
        close: () => echo.$connection.close(),
      }
    },
  }
}

/** Two bare peers: what contract and connector add is the difference to `served`. */
export function bare(name: string, protocol: Protocol): Subject {
  const inArray = protocol.params === 'positional'
  const service: Service = inArray
    ? (call) => (call.params as readonly unknown[])[0]
    : (call) => call.params
  return {
    name,
    title: `Tieline, two bare peers, ${protocol.name}, defaults`,
    async server(path) {
      const accept = (channel: ConstructorParameters<typeof Peer>[0]) => {
        new Peer(channel, { protocol, role: 'server', service })
      }
      await local(`unix:${path}`).listen({ accept })
    },
    async client(path) {
      const peer = new Peer(await local(`unix:${path}`).connect(), { protocol, role: 'client' })
      await peer.ready
      return {
        call: (value) => peer.call('call', inArray ? [value] : value),
        binary: (bytes) => peer.call('binary', inArray ? [bytes] : bytes),
        close: () => peer.close(),
      }
    },
  }
}
