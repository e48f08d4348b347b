// process.send with the structured clone.
import type { Subject } from '../subject.js'
import { cannot, forkClient } from './process-send.js'

export const subject: Subject = {
  name: 'process-send-advanced',
  title: "process.send, serialization: 'advanced'",
  group: 'peer',
  cannot,
  client: async () =>
    forkClient(
      'advanced',
      (bytes) => bytes,
      (bytes) => bytes,
    ),
}
