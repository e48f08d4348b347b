// The worker of the message-port subject: posts back what it is sent.
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (message) => parentPort?.postMessage(message))
