// process.send with its default, JSON. Bytes travel as base64, for JSON has no form for them.
import type { Subject } from '../subject.js'
import { fromBase64, toBase64 } from './base64.js'
import { cannot, forkClient } from './process-send.js'

export const subject: Subject = {
  name: 'process-send-json',
  title: "process.send, serialization: 'json'; bytes as base64",
  group: 'peer',
  cannot,
  client: async () => forkClient('json', toBase64, fromBase64),
}
