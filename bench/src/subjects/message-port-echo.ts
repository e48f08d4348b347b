// The worker of the message-port subject: posts back what it is sent, counts what wants no answer.
import { parentPort } from 'node:worker_threads'

let notes = 0
parentPort?.on('message', (message) => {
  if (message.note) notes++
  else parentPort?.postMessage(message === 'noted' ? notes : message)
})
