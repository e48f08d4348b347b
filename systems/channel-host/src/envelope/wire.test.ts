import { wireSuite } from 'tieline/testing'
import { agentWire } from './codec.js'
import type { Message } from './messages.js'
import { samples } from './samples.test.helper.js'

const large: Message = {
  kind: 'MessageToRemote',
  channel: 1,
  content: new Uint8Array(300_000).fill(7),
}

wireSuite('messages between host and agent', agentWire, samples, { large: [large], around: 40 })
