// Cap'n Web over a WebSocket.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { newWebSocketRpcSession, RpcTarget } from 'capnweb'
import { WebSocket, WebSocketServer } from 'ws'
import { items, type Subject, type Work } from '../subject.js'
import { value } from '../work.js'
import { listenOnPort, portAt } from './sockets.js'

// Node 20 has no WebSocket of its own, and the session asks for the global's constants.
Object.assign(globalThis, { WebSocket })

class Echo extends RpcTarget {
  #notes = 0

  call(work: Work): Work {
    return work
  }

  binary(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  note(_work: Work): void {
    this.#notes++
  }

  noted(): number {
    return this.#notes
  }

  items(count: number): ReadableStream<Work> {
    const source = items(count, value)
    return new ReadableStream({
      pull(controller) {
        const { value: item, done } = source.next()
        if (done) controller.close()
        else controller.enqueue(item)
      },
    })
  }
}

/** As it is called from the other side. */
interface Remote {
  call(work: Work): Promise<unknown>
  binary(bytes: Uint8Array): Promise<unknown>
  note(work: Work): { [Symbol.dispose](): void }
  noted(): Promise<number>
  items(count: number): Promise<ReadableStream<unknown>>
}

export const subject: Subject = {
  name: 'capnweb',
  title: "Cap'n Web over a WebSocket on 127.0.0.1; one way: a call whose answer is not asked for",
  group: 'peer',
  async server(path) {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => newWebSocketRpcSession(socket as never, new Echo()))
    await listenOnPort(server, path)
  },
  async client(path) {
    const socket = new WebSocket(`ws://127.0.0.1:${await portAt(path)}`)
    await once(socket, 'open')
    const echo = newWebSocketRpcSession(socket as never) as unknown as Remote
    return {
      call: (work) => echo.call(work),
      binary: (bytes) => echo.binary(bytes),
      notify: (work) => echo.note(work)[Symbol.dispose](),
      notified: () => echo.noted(),
      async stream(count, each) {
        for await (const item of await echo.items(count)) each(item)
      },
      close: () => socket.terminate(),
    }
  },
}
