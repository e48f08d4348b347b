// One contract on a local socket, a WebSocket and a mailbox. It writes down what it runs, so that the
// soak can see whether anything ran twice.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HandlersFor, type Server, serve } from 'tieline'
import { mailbox, websocket } from 'tieline/transport'
import { notesPath, placeFrom, SoakContract } from '../native-contract.js'

const { directory, webSocketPort, token } = placeFrom(process.argv.slice(2))
const notes = notesPath(directory)
let streams = 0

const handlers: HandlersFor<typeof SoakContract> = () => {
  let last = 0
  return {
    echo: (value) => value,
    note({ lane, n }) {
      // Before the answer, and in one write: what was answered is in the file whatever happens then.
      appendFileSync(notes, `${lane} ${n}\n`)
      return n
    },
    async *count({ to }) {
      streams++
      try {
        for (let n = 1; n <= to; n++) yield n
      } finally {
        streams--
      }
    },
    mark(n) {
      if (n !== last + 1) process.stdout.write(`mark ${n} came after ${last}\n`)
      last = n
    },
    marked: () => last,
    load: () => ({ streams }),
    async sleep({ ms }, { signal }) {
      await sleep(ms, undefined, { signal }).catch(() => {
        // The caller does not wait any more.
      })
      return 'slept'
    },
  }
}

// 2 s: so that a pause of three is noticed as the end of a connection, and not only one of a minute.
const options = { heartbeat: '2s' } as const
const servers: Server[] = await Promise.all(
  [
    `unix:${directory}/native.sock`,
    websocket(`ws://127.0.0.1:${webSocketPort}/`, { token }),
    mailbox(`mailbox:${directory}/mail#backend`),
  ].map((at) => serve(SoakContract, handlers, { at, ...options })),
)
process.stdout.write('ready\n')

const end = () => void Promise.all(servers.map((server) => server.close({ within: '5s' })))
process.once('SIGTERM', end)
// The soak is gone.
process.stdin
  .resume()
  .on('end', () => process.exit(1))
  .unref?.()
