// Row 30: a server restarted a hundred times under load, killed and closed in turn: clients come back
// by themselves, no handler runs twice for one call, and subscriptions go on and say where the gap is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTielineError } from 'tieline'
import { Connector } from 'tieline/connector'
import { native } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { endPrograms, Program, until } from 'tieline/testing'
import { local } from 'tieline/transport'
import { afterEach, expect, test } from 'vitest'
import { ownFolder } from '../support/at-end.js'

const RESTARTS = 100
const CLIENTS = 4

const directory = ownFolder()
afterEach(endPrograms)

// Each call that runs is written down before it is answered.
const SERVER = `
  import { appendFileSync } from 'node:fs'
  import { native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, ran, round] = process.argv.slice(1)
  const peers = new Set()
  async function* feed(draining) {
    for (let n = 0; !draining.aborted; n++) {
      yield { round: Number(round), n }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const service = (call) => {
    if (call.kind === 'stream') return feed(call.draining)
    appendFileSync(ran, call.params + '\\n')
    return call.params
  }
  const accept = (channel) => {
    const peer = new Peer(channel, { protocol: native(), role: 'server', service })
    peers.add(peer)
    void peer.closed.then(() => peers.delete(peer))
  }
  const listener = await local(endpoint).listen({ accept })
  process.once('SIGTERM', async () => {
    await listener.close()
    await Promise.all([...peers].map((peer) => peer.close({ within: '5s' })))
  })
  console.log('ready')
`

// A ceiling: a hundred processes start, one after the other.
test('a hundred restarts', { timeout: 300_000 }, async () => {
  const endpoint = `unix:${directory}/server.sock`
  const ran = join(directory, 'ran.txt')
  const resumed: number[] = []
  const waits: number[] = []
  const answered = new Set<string>()
  const failed = new Map<string, string>()
  let over = false

  const connect = (client: number): Connector => {
    const connector = new Connector({
      endpoint,
      reconnect: { base: 10, cap: 50 },
      resumable: () => true,
      resumed: () => {
        resumed[client] = (resumed[client] ?? 0) + 1
      },
      open: async (signal) => {
        const peer = new Peer(await local(endpoint).connect({ signal }), {
          protocol: native(),
          role: 'client',
        })
        await peer.ready
        return peer
      },
    })
    connector.watch((status) => {
      if (status.state === 'waiting') waits.push(status.retryInMs)
    })
    return connector
  }

  /** One call after the other. What was refused before it was sent is called again by the connector. */
  const load = async (connector: Connector, client: number): Promise<void> => {
    for (let n = 0; !over; n++) {
      const id = `${client}-${n}`
      try {
        expect(await connector.call('run', id)).toBe(id)
        answered.add(id)
      } catch (error) {
        if (!isTielineError(error)) throw error
        failed.set(id, `${error.code} ${error.sent ?? error.origin}`)
      }
    }
  }

  /** Rounds in order, and in each the items in order without a hole. */
  const subscribe = async (connector: Connector, rounds: Set<number>): Promise<void> => {
    let last = { round: -1, n: -1 }
    try {
      for await (const item of connector.stream('feed')) {
        const { round, n } = item as typeof last
        if (round === last.round) expect(n).toBe(last.n + 1)
        else {
          expect(round).toBeGreaterThan(last.round)
          expect(n).toBe(0)
        }
        last = { round, n }
        rounds.add(round)
        // The server ends its streams when it drains: then the subscription is asked for again.
      }
    } catch (error) {
      if (!over) throw error
    }
  }

  let server = new Program(SERVER, { args: [endpoint, ran, '0'] })
  await server.line('ready')
  const connectors = Array.from({ length: CLIENTS }, (_, client) => connect(client))
  await Promise.all(connectors.map((connector) => connector.start()))
  const loads = connectors.map((connector, client) => load(connector, client))
  const rounds = new Set<number>()
  const subscription = (async () => {
    while (!over) await subscribe(connectors[0] as Connector, rounds)
  })()

  for (let round = 1; round <= RESTARTS; round++) {
    const before = answered.size
    await until('calls are answered', () => answered.size > before + 20)
    await until('items come', () => rounds.has(round - 1))
    const graceful = round % 2 === 0
    server.kill(graceful ? 'SIGTERM' : 'SIGKILL')
    expect(await server.exit).toEqual(
      graceful ? { code: 0, signal: null } : { code: null, signal: 'SIGKILL' },
    )
    server = new Program(SERVER, { args: [endpoint, ran, String(round)] })
    await server.line('ready')
  }
  const before = answered.size
  await until('calls are answered', () => answered.size > before + 20)
  over = true
  await Promise.all(loads)
  await Promise.all(connectors.map((connector) => connector.close()))
  await subscription

  const ids = readFileSync(ran, 'utf8').trim().split('\n')
  expect(new Set(ids).size).toBe(ids.length)
  const executed = new Set(ids)
  expect([...answered].filter((id) => !executed.has(id))).toEqual([])
  // Those that ran without an answer are the ones that were told so.
  for (const id of ids) if (!answered.has(id)) expect(failed.get(id)).toBe('connection-lost maybe')
  // A call may cross the word that its server is closing; nothing else goes wrong.
  const ways = ['connection-lost maybe', 'unavailable remote']
  expect([...failed.values()].filter((way) => !ways.includes(way))).toEqual([])
  expect(rounds.size).toBeGreaterThanOrEqual(RESTARTS)
  // Every kill broke the subscription once, and each time that was told.
  expect(resumed[0]).toBeGreaterThanOrEqual(RESTARTS / 2)
  // Jittered: hardly two waits are the same.
  expect(new Set(waits).size).toBeGreaterThan(waits.length * 0.9)
})
