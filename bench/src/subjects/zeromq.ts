// ZeroMQ over ipc://: a dealer and a router, which keep the order. It has no codec of its own: values as
// msgpackr packs them, bytes as they are.
import { pack, unpack } from 'msgpackr'
import { Dealer, type MessageLike, Pull, Push, Router } from 'zeromq'
import { Answers } from '../answers.js'
import { items, type Subject } from '../subject.js'
import { value } from '../work.js'

// A router drops what is past its mark, a dealer waits: 1,000 in flight are past the usual one.
const unbounded = { sendHighWaterMark: 0, receiveHighWaterMark: 0 }
/** What the first part of a message says. */
const kind = { value: 'v', bytes: 'b', note: 'n', noted: 'c', items: 'i' } as const

export const subject: Subject = {
  name: 'zeromq',
  title:
    'zeromq dealer and router over ipc://, no high-water mark, values by msgpackr; streams by push and pull',
  group: 'peer',
  async server(path) {
    const router = new Router(unbounded)
    await router.bind(`ipc://${path}`)
    const send = sender((message) => router.send(message))
    let notes = 0
    let pushing: Push | undefined
    const push = async (count: number) => {
      if (pushing === undefined) {
        pushing = new Push()
        pushing.connect(`ipc://${path}-items`)
      }
      for (const item of items(count, value)) await pushing.send(pack(item))
    }
    const answer = async () => {
      for await (const [from = '', what, body = ''] of router) {
        if (String(what) === kind.note) notes++
        else if (String(what) === kind.value)
          send([from, what as Buffer, pack(unpack(body as Buffer))])
        else if (String(what) === kind.bytes) send([from, what as Buffer, body])
        else if (String(what) === kind.noted) send([from, kind.value, pack(notes)])
        else await push(Number(unpack(body as Buffer)))
      }
    }
    void answer()
  },
  async client(path) {
    const dealer = new Dealer(unbounded)
    dealer.connect(`ipc://${path}`)
    const answers = new Answers<unknown>()
    const read = async () => {
      for await (const [what, body] of dealer)
        answers.settle(String(what) === kind.value ? unpack(body as Buffer) : body)
    }
    void read()
    const send = sender((message) => dealer.send(message))
    const ask = (message: MessageLike[]) => {
      send(message)
      return answers.expect()
    }
    let pull: Pull | undefined
    const pulling = async () => {
      if (pull) return pull
      pull = new Pull()
      await pull.bind(`ipc://${path}-items`)
      return pull
    }
    return {
      call: (work) => ask([kind.value, pack(work)]),
      binary: (bytes) =>
        ask([kind.bytes, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]),
      notify: (note) => send([kind.note, pack(note)]),
      notified: async () => Number(await ask([kind.noted, ''])),
      async stream(count, each) {
        const from = await pulling()
        send([kind.items, pack(count)])
        for (let read = 0; read < count; read++) each(unpack((await from.receive())[0] as Buffer))
      },
      close: () => dealer.close(),
    }
  },
}

/** A socket takes one message at a time: what comes meanwhile waits in line. */
function sender(
  write: (message: MessageLike[]) => Promise<void>,
): (message: MessageLike[]) => void {
  let queue: MessageLike[][] = []
  let busy = false
  const run = async () => {
    busy = true
    while (queue.length > 0) {
      const batch = queue
      queue = []
      for (const message of batch) await write(message)
    }
    busy = false
  }
  return (message) => {
    queue.push(message)
    if (!busy) void run()
  }
}
