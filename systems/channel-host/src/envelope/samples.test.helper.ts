// One message of each kind, for the tests and as seeds for the fuzzer.
import { ByteSink } from 'tieline/wire'
import type { Message } from './messages.js'
import { writeEnvelope } from './write.js'

export const samples: readonly Message[] = [
  { kind: 'PortListen', port: 9001, userId: 'example' },
  { kind: 'PortListenResult', port: 9001, userId: 'example', result: 2 },
  { kind: 'Opened', port: 9001, userId: 'example', channel: 50_000 },
  { kind: 'MessageFromRemote', channel: 50_000, content: Uint8Array.of(2, 1) },
  { kind: 'MessageToRemote', channel: 50_000, content: Uint8Array.of(1, 7) },
  { kind: 'CloseChannel', channel: 50_000, code: '', message: '' },
  { kind: 'CloseChannel', channel: 1, code: 'too-large', message: 'ü' },
  { kind: 'ChannelClosed', channel: 50_000, byAgent: true, code: '', message: '' },
  { kind: 'ChannelClosed', channel: 2, byAgent: false, code: 'connection-lost', message: 'reset' },
  { kind: 'PortIgnore', port: 9001, userId: 'example' },
  { kind: 'PortIgnored', port: 9001, userId: '' },
  { kind: 'Welcome', version: 1, endpoint: 'ws://h:0/', messageBytes: 16, queuedBytes: 32 },
  {
    kind: 'PortConnect',
    request: 3,
    url: 'ws://127.0.0.1:1/',
    userId: 'u',
    token: 't',
    subprotocol: 's',
    reconnect: true,
  },
  { kind: 'PortConnectResult', request: 3, channel: 4, code: '', message: '' },
  { kind: 'PortDisconnect', request: 4_000_000_000 },
  { kind: 'Credit', channel: 5, bytes: 262_144 },
  { kind: 'Pause', channel: 5 },
  { kind: 'Resume', channel: 5 },
  { kind: 'Failure', port: 9001, userId: 'u', channel: 6, code: 'c', message: 'm' },
]

/** A message as it is written, without the length in front. */
export function written(message: Message): Uint8Array {
  const out = new ByteSink()
  writeEnvelope(message, out)
  const bytes = out.take() ?? []
  return Uint8Array.from(Buffer.concat([bytes].flat()))
}
