// The second floor: the same bytes, but what is sent in one tick goes out in one write, and the server
// sends back each chunk as it comes.
import { createServer } from 'node:net'
import type { Subject } from '../subject.js'
import { countAnswers, smallSize } from './raw.js'
import { connectTo, listenAt } from './sockets.js'

export const subject: Subject = {
  name: 'raw-joined',
  title: 'raw Unix socket echo, the writes of one tick joined, chunks sent back as they come',
  raw: true,
  async server(path) {
    const server = createServer((socket) => {
      socket.on('data', (chunk) => socket.write(chunk))
    })
    await listenAt(server, path)
  },
  async client(path) {
    const small = await connectTo(path)
    const large = await connectTo(path)
    const smallAnswers = countAnswers(small, smallSize)
    const largeAnswers = countAnswers(large, 1 << 20)
    // Enough for what any task sends in one tick.
    const messages = Buffer.alloc(smallSize * 1024, 7)
    let waiting = 0
    const flush = () => {
      small.write(messages.subarray(0, waiting * smallSize))
      waiting = 0
    }
    return {
      call() {
        if (waiting++ === 0) process.nextTick(flush)
        return smallAnswers.expect()
      },
      binary(bytes) {
        large.write(bytes)
        return largeAnswers.expect()
      },
      close() {
        small.destroy()
        large.destroy()
      },
    }
  },
}
