// A worker thread and its MessagePort: two threads of one process, so its CPU time counts as the client's.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Answers } from '../answers.js'
import type { Subject } from '../subject.js'

export const subject: Subject = {
  name: 'message-port',
  // Transferring would be free, but takes the bytes away from the caller.
  title: 'worker thread and MessagePort, two threads of one process; bytes cloned, not transferred',
  group: 'peer',
  cannot: { stream: 'no streams: nothing holds the sender back' },
  async client() {
    const worker = new Worker(new URL('./message-port-echo.js', import.meta.url))
    await once(worker, 'online')
    const answers = new Answers<unknown>()
    worker.on('message', (message) => answers.settle(message))
    const post = (message: unknown) => {
      worker.postMessage(message)
      return answers.expect()
    }
    return {
      call: post,
      binary: post,
      notify: (note) => worker.postMessage({ note }),
      notified: async () => Number(await post('noted')),
      async close() {
        await worker.terminate()
      },
    }
  },
}
