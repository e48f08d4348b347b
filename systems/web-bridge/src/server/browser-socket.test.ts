// The browser's side of a WebSocket, with a socket played by hand.
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { Browser } from './browser-socket.js'

class Played extends EventEmitter {
  isPaused = false
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
}

function opened(message: () => Promise<void>) {
  const socket = new Played()
  const browser = new Browser('s1')
  browser.handler = { message, closed() {} }
  browser.open(socket as unknown as WebSocket)
  return socket
}

test.each([0, 1, 100, 100_000])(
  'messages of %i bytes that the handler does not take are bounded, by their number too',
  async (bytes) => {
    const taken: (() => void)[] = []
    const socket = opened(() => new Promise((resolve) => taken.push(resolve)))
    while (!socket.isPaused && taken.length < 100_000) {
      socket.emit('message', Buffer.alloc(bytes), true)
    }
    expect(taken.length).toBeLessThan(5000)
    for (const done of taken) done()
    await expect.poll(() => socket.isPaused).toBe(false)
  },
)
