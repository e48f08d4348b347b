// The floor: buffers of one size there and back over a Unix socket, one write for each, no codec,
// ordinary 'data' events. Each size has a socket of its own, so that nobody needs a length.
import { createServer, type Socket } from 'node:net'
import { Answers } from '../answers.js'
import type { Client, Subject, Work } from '../subject.js'
import { burst } from '../work.js'
import { connectTo, drained, listenAt } from './sockets.js'

/** The small payload of 100 bytes and a length prefix of four; the texts of 1 KiB and 64 KiB with theirs. */
export const sizes = { small: 104, kibibyte: 1028, kibibytes64: 65_540 } as const
/** Up to here an answer goes back message by message. A larger one is cut by the socket's own reads. */
const smallest = 2048
const binarySizes = [1 << 20, 1 << 24] as const

export const subject: Subject = {
  name: 'raw',
  title: 'raw Unix socket echo of fixed-size buffers, one write for each call: the floor',
  group: 'floor',
  raw: true,
  async server(path) {
    for (const size of [...Object.values(sizes), ...binarySizes]) {
      const answer = size <= smallest ? answerSmall : answerLarge
      await listenAt(
        createServer((socket) => answer(socket, size)),
        `${path}-${size}`,
      )
    }
    await listenAt(createServer(countNotifications), `${path}-notify`)
    await listenAt(createServer(streamItems), `${path}-stream`)
  },
  async client(path) {
    const small = await echo(path, sizes.small)
    const kibibyte = await echo(path, sizes.kibibyte)
    const kibibytes64 = await echo(path, sizes.kibibytes64)
    const mebibyte = await echo(path, binarySizes[0])
    const mebibytes16 = await echo(path, binarySizes[1])
    const notes = await notifier(path)
    return {
      call: (value) => bySize(value, small, kibibyte, kibibytes64).send(),
      binary: (bytes) => (bytes.length === binarySizes[0] ? mebibyte : mebibytes16).send(bytes),
      ...notes,
      stream: (count, each) => readItems(path, count, each),
      close() {
        for (const one of [small, kibibyte, kibibytes64, mebibyte, mebibytes16]) one.close()
        notes.close()
      },
    }
  },
}

/** What is kept for each of the three payloads. */
export function bySize<T>({ title }: Work, small: T, kibibyte: T, kibibytes64: T): T {
  return title.length < 100 ? small : title.length < 2000 ? kibibyte : kibibytes64
}

interface Echo {
  send(bytes?: Uint8Array): Promise<void>
  close(): void
}

async function echo(path: string, size: number): Promise<Echo> {
  const socket = await connectTo(`${path}-${size}`)
  const answers = countAnswers(socket, size)
  const message = Buffer.alloc(size, 7)
  return {
    send(bytes = message) {
      socket.write(bytes)
      return answers.expect()
    },
    close: () => socket.destroy(),
  }
}

function answerSmall(socket: Socket, size: number): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (; at + size <= bytes.length; at += size) socket.write(bytes.subarray(at, at + size))
    rest = bytes.subarray(at)
  })
}

/** Like any call, the answer starts when all of the question has come. Nothing is copied. */
function answerLarge(socket: Socket, size: number): void {
  let chunks: Buffer[] = []
  let missing = size
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk
    while (rest.length >= missing) {
      chunks.push(rest.subarray(0, missing))
      rest = rest.subarray(missing)
      socket.cork()
      for (const part of chunks) socket.write(part)
      socket.uncork()
      chunks = []
      missing = size
    }
    if (rest.length === 0) return
    chunks.push(rest)
    missing -= rest.length
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

/** One byte back for each burst that has come whole. */
export function countNotifications(socket: Socket): void {
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    for (bytes += chunk.length; bytes >= burst * sizes.small; bytes -= burst * sizes.small)
      socket.write('.')
  })
}

async function notifier(
  path: string,
): Promise<Required<Pick<Client, 'notify' | 'notified'>> & { close(): void }> {
  const socket = await connectTo(`${path}-notify`)
  const message = Buffer.alloc(sizes.small, 7)
  const confirmed = countAnswers(socket, 1)
  let sent = 0
  let asked = 0
  return {
    notify() {
      socket.write(message)
      sent++
    },
    async notified() {
      if (sent > asked) await confirmed.expect()
      asked = sent
      return sent
    },
    close: () => socket.destroy(),
  }
}

/** The client asks with one number; a write for each item follows, as fast as they are taken. */
function streamItems(socket: Socket): void {
  const item = Buffer.alloc(sizes.small, 7)
  socket.once('data', async (question: Buffer) => {
    for (let left = question.readUInt32BE(); left > 0; left--)
      if (!socket.write(item)) await drained(socket)
    socket.end()
  })
}

export async function readItems(
  path: string,
  count: number,
  each: (item: unknown) => void,
): Promise<void> {
  const socket = await connectTo(`${path}-stream`)
  const question = Buffer.alloc(4)
  question.writeUInt32BE(count)
  socket.write(question)
  let bytes = 0
  for await (const chunk of socket)
    for (bytes += (chunk as Buffer).length; bytes >= sizes.small; bytes -= sizes.small) each(chunk)
}
