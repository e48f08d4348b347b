// The original file channel's algorithm, as it is described: a look every 50 ms, one rewrite of the
// whole file for each message, the newest 100 kept. Its faults included.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { Message, Side } from './side.js'

const POLL_MS = 50
const KEPT = 100

function load(path: string): Message[] {
  try {
    const text = readFileSync(path, 'utf8')
    return text.trim() === '' ? [] : (JSON.parse(text) as Message[])
  } catch {
    // It is not there yet.
    return []
  }
}

export async function original(directory: string, server: boolean): Promise<Side> {
  const [mine, other] = server ? ['backend', 'frontend'] : ['frontend', 'backend']
  const outgoing = `${directory}/${mine}_to_${other}`
  const incoming = `${directory}/${other}_to_${mine}.json`
  let lastTimestamp = 0
  let lastId = ''
  let arrived: (message: Message) => void = () => {}
  const look = () => {
    const fresh = load(incoming).filter(
      ({ timestamp, id }) =>
        timestamp > lastTimestamp || (timestamp === lastTimestamp && id !== lastId),
    )
    const last = fresh.at(-1)
    if (last !== undefined) {
      lastTimestamp = last.timestamp
      lastId = last.id
    }
    for (const message of fresh) arrived(message)
  }
  const timer = setInterval(look, POLL_MS)
  return {
    send(fields) {
      const message = { id: randomUUID(), timestamp: Date.now(), ...fields }
      const lock = openSync(`${outgoing}.lock`, 'wx')
      writeSync(lock, `${process.pid}\n`)
      closeSync(lock)
      const messages = load(`${outgoing}.json`)
      messages.push(message)
      writeFileSync(`${outgoing}.tmp`, JSON.stringify(messages.slice(-KEPT), null, 2))
      renameSync(`${outgoing}.tmp`, `${outgoing}.json`)
      rmSync(`${outgoing}.lock`)
      return Promise.resolve(message.id)
    },
    receive(take) {
      arrived = take
    },
    async close() {
      clearInterval(timer)
    },
  }
}
