// The original's wires under the suite that all wires pass: every split, every limit, garbage.
import { Buffer } from 'node:buffer'
import { wireSuite } from 'tieline/testing'
import { message, spliceWire } from '../splice/codec.js'
import { handshake } from '../splice/messages.js'
import { originalWire } from './frames.js'

const values: readonly unknown[] = [
  { type: 'health_check' },
  { type: 'ws_send', connection_id: 'c', data: 'grüße 世界 😀', binary: false },
  { type: 'rpc_response', request_id: 'r', result: [1, -1, 1.5, null, true, { a: {} }] },
  { type: 'error', code: 'X', message: '', status: 404, digest: '', details: null },
]
const large = [{ type: 'ws_send', connection_id: 'c', data: 'é'.repeat(200_000), binary: false }]

wireSuite('frames of the original in MessagePack', () => originalWire(), values, { large })
wireSuite('frames of the original in JSON', () => originalWire('json'), values, { large })

const bytes = new Uint8Array(Buffer.from('grüße 世界'))
wireSuite(
  'frames of splice',
  spliceWire,
  [
    handshake('Host', 1024),
    message('ListExports'),
    message('Invoke', 1, 'näme', bytes, 5, [1, 2, [['a', 'b']], null]),
    message('InvokeError', 1, 1, 'User', '世', null),
  ],
  { large: [message('StreamChunk', 1, 0, new Uint8Array(300_000).fill(7))], around: 30 },
)
