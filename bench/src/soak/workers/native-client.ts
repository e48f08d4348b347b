// Clients of the native part: two on the local socket, one on the WebSocket, one on the mailbox. Each
// does everything a contract has, and checks every answer.
import { appendFileSync } from 'node:fs'
import { type ConnectedClient, connect, isTielineError } from 'tieline'
import { mailbox, websocket } from 'tieline/transport'
import { Ledger } from '../ledger.js'
import { answeredPath, placeFrom, SoakContract } from '../native-contract.js'
import { randomOf } from '../random.js'
import type { Lane } from '../traffic.js'
import { runLanes } from './lanes.js'

type SoakClient = ConnectedClient<typeof SoakContract>

const place = placeFrom(process.argv.slice(2))
const { directory, webSocketPort, token } = place
const ledger = new Ledger()
const random = randomOf(process.pid)
/** Milliseconds that a call may take. */
const CALL_MS = 5000
const timeout = CALL_MS
/** Characters of the longest text. 40,000: past what one read brings. */
const LONGEST = 40_000
/** Items of the longest stream. */
const MOST_ITEMS = 300

const ats = {
  local: `unix:${directory}/native.sock`,
  'local-2': `unix:${directory}/native.sock`,
  websocket: websocket(`ws://127.0.0.1:${webSocketPort}/`, { token }),
  mailbox: mailbox(`mailbox:${directory}/mail#frontend`),
}
const reconnect = { cap: 1000 }
const clients: SoakClient[] = []
const lanes: Lane[] = []
for (const [name, at] of Object.entries(ats)) {
  const client = await connect(SoakContract, { at, reconnect, background: true, heartbeat: '2s' })
  clients.push(client)
  lanes.push(echoes(name, client), notes(name, client), streams(name, client), marks(name, client))
  lanes.push(deadlines(name, client))
}
runLanes({
  ledger,
  lanes,
  look: () => Promise.all(clients.map((client) => client.echo({ n: 0, text: '' }, { timeout }))),
  end: async () => {
    await Promise.all(clients.map((client) => client.$connection.close()))
  },
})

/** Several at once, so that answers overtake each other. */
function echoes(name: string, client: SoakClient): Lane {
  let n = 0
  return async () => {
    const calls = Array.from({ length: 1 + Math.floor(random() * 8) }, async () => {
      const sent = { n: ++n, text: 'ä'.repeat(Math.floor(random() ** 4 * LONGEST)) }
      const what = `${name} echo ${sent.n}`
      const got = await ledger.call(what, CALL_MS, () => client.echo(sent, { timeout }))
      if (got && (got.n !== sent.n || got.text !== sent.text)) ledger.fault(`${what} is wrong`)
    })
    await Promise.all(calls)
  }
}

/** One after the other with a number each: in the server's file none may come twice or be missing. */
function notes(name: string, client: SoakClient): Lane {
  const lane = `${name}-${process.pid}`
  let n = 0
  return async () => {
    const mine = ++n
    const what = `${name} note ${mine}`
    const got = await ledger.call(what, CALL_MS, async () => {
      try {
        return await client.note({ lane, n: mine }, { timeout })
      } catch (error) {
        // It says that no byte of it was sent: then it must not have run.
        if (isTielineError(error) && error.sent === 'no')
          appendFileSync(answeredPath(directory), `not-sent ${lane} ${mine}\n`)
        throw error
      }
    })
    if (got === undefined) return
    if (got !== mine) ledger.fault(`${what} was answered with ${got}`)
    appendFileSync(answeredPath(directory), `answered ${lane} ${mine}\n`)
  }
}

function streams(name: string, client: SoakClient): Lane {
  return async () => {
    const to = 1 + Math.floor(random() * MOST_ITEMS)
    const leaveAt = random() < 0.3 ? 1 + Math.floor(random() * to) : Number.POSITIVE_INFINITY
    const what = `${name} stream of ${to}`
    let last = 0
    const read = async () => {
      for await (const n of client.count({ to }, { timeout })) {
        if (n !== last + 1) ledger.fault(`${what}: ${n} came after ${last}`)
        last = n
        if (n >= leaveAt) break
      }
      return true
    }
    // Twice: the first item has a deadline, and a connection that says nothing is ended by the heartbeat.
    if ((await ledger.call(what, CALL_MS * 2, read)) && last !== Math.min(to, leaveAt))
      ledger.fault(`${what} ended at ${last}`)
  }
}

/** Notifications have no answer. They are counted for each connection, and it is asked how many came. */
function marks(name: string, client: SoakClient): Lane {
  let peer: unknown
  let sent = 0
  return async () => {
    const now = client.$connection.peer
    if (now === undefined) return
    if (now !== peer) sent = 0
    peer = now
    for (let i = 0; i < 5; i++) {
      try {
        now.notify('mark', sent + 1)
        sent++
      } catch (error) {
        // The connection was lost just now; the next round finds the new one.
        if (!isTielineError(error)) throw error
        return
      }
    }
    const what = `${name} marked`
    const got = await ledger.call(what, CALL_MS, () => now.call('marked', undefined, { timeout }))
    if (got !== undefined && got !== sent) ledger.fault(`${what}: ${got} of ${sent}`)
  }
}

/** A deadline that is shorter than the work must be kept, and leave nothing behind. */
function deadlines(name: string, client: SoakClient): Lane {
  return async () => {
    const what = `${name} deadline`
    await ledger.call(what, CALL_MS, async () => {
      try {
        await client.sleep({ ms: 60_000 }, { timeout: 300 })
      } catch (error) {
        if (isTielineError(error, 'deadline-exceeded')) return true
        throw error
      }
      throw new Error('was passed and the call answered')
    })
  }
}
