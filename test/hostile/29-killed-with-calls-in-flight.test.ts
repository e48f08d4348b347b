// Row 29: kill -9 of either side with 10,000 calls in flight: every promise rejects soon, saying that
// its call may have run, and none is made again on the next connection.
import type { Channel } from 'tieline/channel'
import { Connector } from 'tieline/connector'
import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
import { type Call, Peer } from 'tieline/peer'
import { endPrograms, errorOf, Program, until } from 'tieline/testing'
import { type Listener, local } from 'tieline/transport'
import { afterEach, describe, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'

const CALLS = 10_000
const LIMITS = { calls: 20_000 }

const directory = ownFolder()
let sockets = 0
afterEach(endPrograms)

const SERVER = `
  import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, name] = process.argv.slice(1)
  const protocol = { native, 'msgpack-rpc': msgpackRpc, 'json-rpc': jsonRpc }[name]({ framing: 'lines' })
  let calls = 0
  const service = ({ method }) => {
    if (method === 'calls') return calls
    if (++calls === ${CALLS}) console.log('all came')
    return new Promise(() => {})
  }
  const accept = (channel) =>
    new Peer(channel, { protocol, role: 'server', service, limits: { calls: 20_000 } })
  await local(endpoint).listen({ accept })
  console.log('ready')
`

const CLIENT = `
  import { jsonRpc, msgpackRpc, native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, name] = process.argv.slice(1)
  const protocol = { native, 'msgpack-rpc': msgpackRpc, 'json-rpc': jsonRpc }[name]({ framing: 'lines' })
  const channel = await local(endpoint).connect()
  const peer = new Peer(channel, { protocol, role: 'client', limits: { calls: 20_000 } })
  for (let n = 0; n < ${CALLS}; n++) void peer.call('never', n)
`

describe.each([
  ['native', native],
  ['msgpack-rpc', msgpackRpc],
  ['json-rpc', () => jsonRpc({ framing: 'lines' })],
])('%s', (name, protocol) => {
  test('the server is killed: every call rejects, and none is made again', async () => {
    const endpoint = `unix:${directory}/${++sockets}.sock`
    const first = new Program(SERVER, { args: [endpoint, name] })
    await first.line('ready')
    const connector = new Connector({
      endpoint,
      reconnect: { base: 20 },
      open: async (signal) => {
        const channel = await local(endpoint).connect({ signal })
        const peer = new Peer(channel, { protocol: protocol(), role: 'client', limits: LIMITS })
        await peer.ready
        return peer
      },
    })
    atEnd(() => connector.abort())
    await connector.start()
    const errors = Array.from({ length: CALLS }, (_, n) =>
      errorOf(connector.call('never', [n], { timeout: '1h' })),
    )
    await first.line('all came')
    first.kill('SIGKILL')
    for (const error of await Promise.all(errors)) {
      if (error['code'] === 'connection-lost' && error['sent'] === 'maybe') continue
      expect(error).toMatchObject({ code: 'connection-lost', sent: 'maybe', method: 'never' })
    }
    const second = new Program(SERVER, { args: [endpoint, name] })
    await second.line('ready')
    expect(await connector.call('calls')).toBe(0)
    expect(connector.peer?.load.outgoing).toBe(0)
  })

  test('the client is killed: every handler’s signal fires, and nothing is left of it', async () => {
    const endpoint = `unix:${directory}/${++sockets}.sock`
    const calls: Call[] = []
    let fired = 0
    const peers: Peer[] = []
    const listener: Listener = await local(endpoint).listen({
      accept: (channel: Channel) =>
        peers.push(
          new Peer(channel, {
            protocol: protocol(),
            role: 'server',
            limits: LIMITS,
            service: (call) => {
              calls.push(call)
              call.signal.addEventListener('abort', () => fired++)
              return new Promise(() => {})
            },
          }),
        ),
    })
    atEnd(() => listener.close())
    const client = new Program(CLIENT, { args: [endpoint, name] })
    await until('all calls came', () => calls.length === CALLS)
    const [peer] = peers as [Peer]
    client.kill('SIGKILL')
    await peer.closed
    expect(fired).toBe(CALLS)
    expect(calls[0]?.signal.reason).toMatchObject({ code: 'connection-lost' })
    expect(peer.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
  })
})
