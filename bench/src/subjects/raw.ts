// The floor: buffers of one size there and back over a Unix socket, one write for each, no codec,
// ordinary 'data' events.
import { createServer, type Socket } from 'node:net'
import { Answers } from '../answers.js'
import type { Subject } from '../subject.js'
import { connectTo, listenAt } from './sockets.js'

/** The small payload of 100 bytes and a length prefix of four. */
export const smallSize = 104
const largeSize = 1 << 20

export const subject: Subject = {
  name: 'raw',
  title: 'raw Unix socket echo of fixed-size buffers, one write for each call: the floor',
  raw: true,
  async server(path) {
    await listenAt(createServer(answerSmall), path)
    await listenAt(createServer(answerLarge), `${path}-large`)
  },
  async client(path) {
    const small = await connectTo(path)
    const large = await connectTo(`${path}-large`)
    const smallAnswers = countAnswers(small, smallSize)
    const largeAnswers = countAnswers(large, largeSize)
    const message = Buffer.alloc(smallSize, 7)
    return {
      call() {
        small.write(message)
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

function answerSmall(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (; at + smallSize <= bytes.length; at += smallSize)
      socket.write(bytes.subarray(at, at + smallSize))
    rest = bytes.subarray(at)
  })
}

/** Like any call, the answer starts when all of the question has come. Nothing is copied. */
function answerLarge(socket: Socket): void {
  let chunks: Buffer[] = []
  let missing = largeSize
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    missing -= chunk.length
    if (missing > 0) return
    socket.cork()
    for (const part of chunks) socket.write(part)
    socket.uncork()
    chunks = []
    missing = largeSize
  })
}

/** Settles an answer for each so many bytes that come. */
export function countAnswers(socket: Socket, size: number): Answers<void> {
  const answers = new Answers<void>()
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    for (bytes += chunk.length; bytes >= size; bytes -= size) answers.settle()
  })
  return answers
}
