// One side of a file channel: two writers that number their messages, and a reader that writes down
// what it gets. Its own files tell the soak afterwards what was sent for certain and what came.
import { appendFileSync } from 'node:fs'
import { FileChannel } from '@tieline/file-channel'
import { isTielineError } from 'tieline'
import { cameFile, type FileSide, sentFile } from '../file-records.js'
import { Ledger } from '../ledger.js'
import type { Lane } from '../traffic.js'
import { runLanes } from './lanes.js'

const [directory = '', records = '', side = 'backend', writes = 'events'] = process.argv.slice(2)
const ledger = new Ledger()
/** Milliseconds that an answer may take. 8 s: the other side may be paused or started just then. */
const CALL_MS = 8000

const channel = await FileChannel.open(directory, side as FileSide, { turnTimeout: '20s' })
await channel.claim()
const reading = read(channel)
const lanes = writes === 'requests' ? [requests] : [writer('a'), writer('b'), requests]
runLanes({
  ledger,
  lanes,
  end: async () => {
    await channel.close()
    await reading
  },
})

async function read(from: FileChannel): Promise<void> {
  for await (const { id, type, method, payload, again } of from) {
    if (type === 'request') await from.sendResponse(id, payload)
    else if (method === 'number') {
      const { writer: who, n } = payload as { writer: string; n: number }
      appendFileSync(cameFile(records, side), `${who} ${n}${again ? ' again' : ''}\n`)
    }
  }
}

/** Its name is this process's, so that numbers begin at 1 for each. */
function writer(name: string): Lane {
  const who = `${side}-${name}-${process.pid}`
  let n = 0
  return async () => {
    const mine = ++n
    await ledger.call(`${who} ${mine}`, 30_000, async () => {
      await channel.sendEvent('number', { writer: who, n: mine })
      appendFileSync(sentFile(records, side), `${who} ${mine}\n`)
      return true
    })
  }
}

async function requests(): Promise<void> {
  const payload = { n: Math.random(), text: 'ä'.repeat(Math.floor(Math.random() * 100)) }
  await ledger.call(`a request of the ${side}`, CALL_MS, async () => {
    const got = (await channel.request('echo', payload, { timeout: CALL_MS })) as typeof payload
    if (got.n !== payload.n || got.text !== payload.text) throw new Error('a wrong answer')
    return true
  })
  if (writes === 'requests') await new Promise((resolve) => setTimeout(resolve, 200))
}

process.on('unhandledRejection', (error) => {
  process.stdout.write(`unhandled: ${isTielineError(error) ? error.message : String(error)}\n`)
})
