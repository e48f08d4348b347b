// Row 30 for the web bridge and the channel host: restarted again and again under load, killed and
// exchanged in turn. Clients come back by themselves, and nothing that was asked once is done twice.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChannelHost, connectAgent } from '@tieline/channel-host'
import { silentLog, startBridge } from '@tieline/web-bridge'
import { until } from 'tieline/testing'
import { websocket } from 'tieline/transport'
import { beforeEach, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'

/** As many as are quick: each starts programs of its own. */
const EXCHANGES = 15
const RESTARTS = 100

let directory: string
beforeEach(() => {
  directory = ownFolder()
})

// Each request that runs is written down before it is answered.
const HANDLERS = `
  import { appendFileSync } from 'node:fs'
  export const routes = {
    'POST /run/:id': ({ params }) => {
      appendFileSync(new URL('ran.txt', import.meta.url), params.id + '\\n')
      return params.id
    },
  }
`

test('the web bridge: handler processes exchanged and killed in turn', {
  timeout: 120_000,
}, async () => {
  const module = join(directory, 'handlers.mjs')
  writeFileSync(module, HANDLERS)
  const bridge = await startBridge({
    port: 0,
    at: `unix:${directory}/bridge.sock`,
    modules: [module],
    processes: 2,
    log: silentLog,
  })
  atEnd(() => bridge.close())
  const answered = new Set<string>()
  const failed = new Map<string, number>()
  let over = false
  const load = Array.from({ length: 4 }, async (_, client) => {
    for (let n = 0; !over; n++) {
      const id = `${client}-${n}`
      const response = await fetch(`${bridge.url}/run/${id}`, { method: 'POST' })
      const text = await response.text()
      if (response.status !== 200) failed.set(id, response.status)
      else if (text === id) answered.add(id)
    }
  })
  const busy = async () => {
    const before = answered.size
    await until('requests are answered', () => answered.size > before + 20)
  }
  let kills = 0
  for (let round = 0; round < EXCHANGES; round++) {
    await busy()
    if (round % 2 === 0) {
      const before = failed.size
      await bridge.restart()
      // In good order none is lost.
      expect(failed.size).toBe(before)
      continue
    }
    const [one] = bridge.health().processes.filter(({ state }) => state === 'ready')
    process.kill(one?.pid as number, 'SIGKILL')
    kills += 1
    await until('it is replaced', () => {
      const { ready, processes } = bridge.health()
      return ready === 2 && processes.every(({ pid }) => pid !== one?.pid)
    })
  }
  await busy()
  over = true
  await Promise.all(load)
  expect(bridge.health()).toMatchObject({ ready: 2, inFlight: 0, restarts: kills })
  const ran = readFileSync(join(directory, 'ran.txt'), 'utf8').trim().split('\n')
  const runs = new Set(ran)
  expect(runs.size).toBe(ran.length)
  expect([...answered].filter((id) => !runs.has(id))).toEqual([])
  // A kill costs what its process was working on, and is told as that.
  expect([...failed.values()].filter((status) => status !== 502)).toEqual([])
  expect(failed.size).toBeLessThanOrEqual(kills * load.length)
})

test('the channel host: killed and closed in turn', { timeout: 120_000 }, async () => {
  const at = `unix:${directory}/agents.sock`
  const hosting = async () => {
    const host = new ChannelHost({ token: false, withoutOrigin: true })
    await host.serveAgents({ at })
    return host
  }
  let host = await hosting()
  atEnd(() => host.close())
  let lost = 0
  let restored = 0
  const ran: string[] = []
  let closed = 0
  const agent = await connectAgent({
    at,
    reconnect: { base: 2, cap: 20 },
    lost: () => {
      lost += 1
    },
    restored: () => {
      restored += 1
    },
  })
  atEnd(() => agent.abort(new Error('the test is over')))
  const port = await agent.listen(0, {
    message(channel, bytes) {
      ran.push(Buffer.from(bytes).toString())
      channel.send(bytes)
    },
    closed: () => {
      closed += 1
    },
  })
  const said: string[] = []
  const heard: string[] = []
  let pages = 0
  let pagesEnded = 0
  const page = async () => {
    const channel = await websocket(port.endpoint, { token: false }).connect()
    pages += 1
    channel.open({
      message: (bytes) => heard.push(Buffer.from(bytes).toString()),
      drained() {},
      closed: () => {
        pagesEnded += 1
      },
    })
    return (text: string) => {
      said.push(text)
      channel.send(Buffer.from(text))
    }
  }
  for (let round = 1; round <= RESTARTS; round++) {
    const [one, two] = [await page(), await page()]
    for (let n = 0; n < 10; n++) {
      one(`${round} one ${n}`)
      two(`${round} two ${n}`)
    }
    await until(
      'messages are answered',
      () => heard.length > 0 && (heard.at(-1) ?? '').startsWith(`${round} `),
    )
    if (round % 2 === 0) await host.close()
    else host.abort(new Error('killed'))
    host = await hosting()
    await until('the agent is back', () => restored === round)
    expect(lost).toBe(round)
    expect(host.status.ports).toMatchObject([{ port: port.port, channels: 0 }])
  }
  await until('every end was told', () => closed === pages && pagesEnded === pages)
  expect(pages).toBe(RESTARTS * 2)
  expect(new Set(ran).size).toBe(ran.length)
  // Nothing is heard that was not said, or twice.
  expect(new Set(heard).size).toBe(heard.length)
  const all = new Set(said)
  expect([...ran, ...heard].filter((text) => !all.has(text))).toEqual([])
})
