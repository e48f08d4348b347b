import { afterEach, describe, expect, test } from 'vitest'
import { type Channel, memoryPair } from '../channel/index.js'
import { anyOf, jsonRpc, msgpackRpc, native, type Protocol } from '../dialect/index.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { Recorder } from '../testing/recorder.js'
import { type AcceptOptions, Acceptor, Peer } from './index.js'

const lines = jsonRpc({ framing: 'lines' })
const bytes = (text: string) => new TextEncoder().encode(text)

const peers: Peer[] = []
afterEach(() => {
  for (const peer of peers.splice(0)) peer.abort()
})

function acceptor(options: Partial<AcceptOptions> = {}) {
  const clock = new FakeClock()
  const names: string[] = []
  const failures: Error[] = []
  const made = new Acceptor({
    protocol: anyOf(msgpackRpc(), lines, native()),
    accepted: (channel, protocol) => {
      names.push(protocol.name)
      const service = (call: { params: unknown }) => call.params
      peers.push(new Peer(channel, { protocol, role: 'server', service, clock }))
    },
    failed: (error) => failures.push(error),
    clock,
    ...options,
  })
  const connect = (endpoint?: string): Channel => {
    const [client, server] = memoryPair(endpoint === undefined ? {} : { endpoint })
    made.accept(server)
    return client
  }
  return { acceptor: made, clock, names, failures, connect }
}

function client(channel: Channel, protocol: Protocol): Peer {
  const peer = new Peer(channel, { protocol, role: 'client' })
  peers.push(peer)
  return peer
}

describe('an acceptor of several protocols', () => {
  test('makes each connection the peer of what it speaks, and loses nothing of it', async () => {
    const { acceptor: made, connect, names, clock } = acceptor()
    const params = { text: 'x'.repeat(200_000) }
    for (const protocol of [lines, native(), msgpackRpc()]) {
      const answer = await client(connect(), protocol).call('echo', params)
      expect(answer).toEqual(protocol.name === 'msgpack-rpc' ? [params] : params)
    }
    expect(names).toEqual(['json-rpc', 'native', 'msgpack-rpc'])
    expect(made.undecided).toBe(0)
    for (const peer of peers) peer.abort()
    await settled()
    expect(clock.timers).toBe(0)
  })

  test('tells of one that speaks none of them, and of no other', async () => {
    const { acceptor: made, connect, failures } = acceptor()
    const wrong = connect('local:player')
    const recorder = new Recorder()
    wrong.open(recorder)
    wrong.send(bytes('GET / HTTP/1.1\r\n'))
    await recorder.until(({ ends }) => ends.length === 1)
    expect(failures).toMatchObject([
      {
        code: 'malformed',
        message:
          'local:player: the connection begins with byte 0x47; expected msgpack-rpc, json-rpc or native',
        endpoint: 'local:player',
      },
    ])
    expect(made.undecided).toBe(0)
    // Gone before it said anything: nothing to tell.
    await connect().close()
    const left = connect()
    left.send(bytes(' '))
    left.abort(new Error('left'))
    await settled()
    expect(failures).toHaveLength(1)
    expect(made.undecided).toBe(0)
  })

  test('ends one that says nothing, when its first frame should be there', async () => {
    const { acceptor: made, connect, failures, clock } = acceptor({ limits: { firstFrameMs: 500 } })
    connect()
    const slow = connect()
    slow.send(bytes(' '))
    await settled()
    expect(made.undecided).toBe(2)
    clock.advance(500)
    expect(failures.map(({ message }) => message)).toEqual([
      'nothing came within 500 ms (limit firstFrameMs)',
      'too little came to know what it is within 500 ms (limit firstFrameMs)',
    ])
    expect([made.undecided, clock.timers]).toEqual([0, 0])
  })

  test('gives up on those that are open when it is told to, and tells nobody', async () => {
    const { acceptor: made, connect, failures, clock } = acceptor()
    const recorder = new Recorder()
    connect().open(recorder)
    made.abort(new Error('the server is closing'))
    await recorder.until(({ ends }) => ends.length === 1)
    expect(failures).toEqual([])
    expect([made.undecided, clock.timers]).toEqual([0, 0])
  })

  test('refuses a channel that none of them can go over', () => {
    const { acceptor: made } = acceptor()
    const [, channel] = memoryPair({ unit: 'message' })
    expect(() => made.accept(channel)).toThrow(
      "msgpack-rpc, json-rpc or native needs a channel of unit 'bytes', not 'message'",
    )
  })
})

test('an acceptor of one protocol does not wait for the first byte', () => {
  const { acceptor: made, connect, names } = acceptor({ protocol: native() })
  connect()
  expect([names, made.undecided]).toEqual([['native'], 0])
})
