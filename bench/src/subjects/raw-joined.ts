// The second floor: the same bytes, but what is sent in one tick goes out in one write, and the server
// sends back each chunk as it comes.
import { createServer, type Socket } from 'node:net'
import type { Subject } from '../subject.js'
import { bySize, countAnswers, countNotifications, readItems, sizes } from './raw.js'
import { connectTo, drained, listenAt } from './sockets.js'

/** Items that go out in one write. 600: about the 64 KiB that a read takes. */
const itemsJoined = 600

export const subject: Subject = {
  name: 'raw-joined',
  title: 'raw Unix socket echo, the writes of one tick joined, chunks sent back as they come',
  group: 'floor',
  raw: true,
  async server(path) {
    const server = createServer((socket) => {
      socket.on('data', (chunk) => socket.write(chunk))
    })
    await listenAt(server, path)
    await listenAt(createServer(countNotifications), `${path}-notify`)
    await listenAt(createServer(streamItems), `${path}-stream`)
  },
  async client(path) {
    const small = await joining(path, sizes.small)
    const kibibyte = await joining(path, sizes.kibibyte)
    const kibibytes64 = await joining(path, sizes.kibibytes64)
    const notes = await joining(`${path}-notify`, sizes.small, 1)
    const large = await connectTo(path)
    let largeAnswers = countAnswers(large, 1 << 20)
    let size = 1 << 20
    let sent = 0
    let asked = 0
    return {
      call(value) {
        const one = bySize(value, small, kibibyte, kibibytes64)
        one.send()
        return one.answers.expect()
      },
      binary(bytes) {
        if (bytes.length !== size) {
          size = bytes.length
          large.removeAllListeners('data')
          largeAnswers = countAnswers(large, size)
        }
        large.write(bytes)
        return largeAnswers.expect()
      },
      notify() {
        notes.send()
        sent++
      },
      async notified() {
        if (sent > asked) await notes.answers.expect()
        asked = sent
        return sent
      },
      stream: (count, each) => readItems(path, count, each),
      close() {
        for (const { socket } of [small, kibibyte, kibibytes64, notes]) socket.destroy()
        large.destroy()
      },
    }
  },
}

/** Counts what one tick sends and writes it at the tick's end. */
async function joining(path: string, size: number, answerSize: number = size) {
  const socket = await connectTo(path)
  const answers = countAnswers(socket, answerSize)
  // Enough for what any task sends in one tick: 1,024 small ones, a dozen of 64 KiB.
  const messages = Buffer.alloc(size * (size > 10_000 ? 12 : 1024), 7)
  let waiting = 0
  const flush = () => {
    socket.write(messages.subarray(0, waiting * size))
    waiting = 0
  }
  const send = () => {
    if (waiting++ === 0) process.nextTick(flush)
  }
  return { socket, answers, send }
}

function streamItems(socket: Socket): void {
  const batch = Buffer.alloc(sizes.small * itemsJoined, 7)
  socket.once('data', async (question: Buffer) => {
    for (let left = question.readUInt32BE(); left > 0; left -= itemsJoined) {
      const joined = batch.subarray(0, Math.min(left, itemsJoined) * sizes.small)
      if (!socket.write(joined)) await drained(socket)
    }
    socket.end()
  })
}
