// process.send with its default, JSON. Bytes travel as base64, for JSON has no form for them.
import type { Subject } from '../subject.js'
import { forkClient } from './process-send.js'

export const subject: Subject = {
  name: 'process-send-json',
  title: "process.send, serialization: 'json'; bytes as base64",
  client: async () =>
    forkClient(
      'json',
      (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      (text) => Buffer.from(String(text), 'base64'),
    ),
}
