// Row 30: handlers that are lost, leave and join again a hundred times while browsers ask. They are in
// this process, behind real sockets; test/hostile has the same with processes, which take longer to start.
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownDirectory, testBridge, until } from './bridge.test.helper.js'
import { silentLog } from './handlers/log.js'
import { runHandlers } from './runtime/run.js'

const RESTARTS = 100
const CLIENTS = 4

/** A socket in front of the bridge's: what goes through it can be cut, as by the death of one end. */
class Relay {
  readonly at: string
  readonly #through = new Set<Socket>()

  constructor(path: string, to: string) {
    this.at = `unix:${path}`
    const server = createServer((near) => {
      const far = connect(to)
      this.#join(near, far)
      this.#join(far, near)
    })
    server.listen(path)
    onTestFinished(() => {
      this.cut()
      server.close()
    })
  }

  cut(): void {
    for (const socket of this.#through) socket.destroy()
  }

  #join(from: Socket, into: Socket): void {
    this.#through.add(from)
    // What ends one way ends the other; the reason is nobody's here.
    from.on('error', () => {})
    from.once('close', () => {
      this.#through.delete(from)
      into.destroy()
    })
    from.pipe(into)
  }
}

test('handlers come back, and each request runs once at the most', {
  timeout: 120_000,
}, async () => {
  const directory = await ownDirectory()
  const path = join(directory, 'bridge.sock')
  const bridge = await testBridge({ at: `unix:${path}` })
  const ran: string[] = []
  const joined = async (number: number) => {
    const relay = new Relay(join(directory, `h${number}`), path)
    const link = await runHandlers({
      at: relay.at,
      routes: {
        'POST /run/:id': ({ params }) => {
          ran.push(params['id'] as string)
          return params['id']
        },
      },
      log: silentLog,
      reconnect: true,
    })
    onTestFinished(() => link.close())
    return { relay, link }
  }
  const answered = new Set<string>()
  const failed: number[] = []
  let over = false
  const client = async (who: number): Promise<void> => {
    for (let n = 0; !over; n++) {
      const id = `${who}-${n}`
      const response = await fetch(`${bridge.url}/run/${id}`, { method: 'POST' })
      if (response.status !== 200) failed.push(response.status)
      else if ((await response.text()) === id) answered.add(id)
    }
  }
  const busy = async (): Promise<void> => {
    const before = answered.size
    await until(() => answered.size > before + 2 * CLIENTS, 'an answer for each')
  }

  await joined(0)
  let current = await joined(1)
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, who) => client(who)))
  for (let round = 0; round < RESTARTS; round += 2) {
    await busy()
    const before = failed.length
    const next = await joined(round + 2)
    await current.link.close()
    // In good order none is lost.
    expect(failed.length).toBe(before)
    current = next
    await busy()
    const known = new Set(bridge.health().processes.map(({ id }) => id))
    current.relay.cut()
    await until(() => {
      const { ready, processes } = bridge.health()
      return ready === 2 && processes.some(({ id }) => !known.has(id))
    }, 'its return')
  }
  await busy()
  over = true
  await clients
  expect(bridge.health()).toMatchObject({ ready: 2, inFlight: 0 })
  expect(new Set(ran).size).toBe(ran.length)
  expect([...answered].filter((id) => !ran.includes(id))).toEqual([])
  // A loss costs what was in flight there, and is told as that.
  expect(failed.filter((status) => status !== 502)).toEqual([])
  expect(failed.length).toBeLessThanOrEqual((RESTARTS / 2) * CLIENTS)
})
