// What both process.send subjects share: a forked child that answers in order.
import { fork, type Serializable, type SerializationType } from 'node:child_process'
import { Answers } from '../answers.js'
import type { Client } from '../subject.js'

export const cannot = { stream: 'no streams: nothing holds the sender back' }

export function forkClient(
  serialization: SerializationType,
  pack: (bytes: Uint8Array) => Serializable,
  unpack: (value: unknown) => unknown,
): Client {
  const child = fork(new URL('./process-send-echo.js', import.meta.url), {
    serialization,
  })
  const answers = new Answers<unknown>()
  child.on('message', (message) => answers.settle(message))
  const send = (message: Serializable) => {
    child.send(message)
    return answers.expect()
  }
  return {
    call: send,
    binary: async (bytes) => unpack(await send(pack(bytes))),
    notify: (note) => void child.send({ note }),
    notified: async () => Number(await send('noted')),
    serverCpu: async () => Number(await send('cpu')),
    close: () => child.disconnect(),
  }
}
