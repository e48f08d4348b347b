// The shared suite of dialects, for each framing and both ways to write params.

import { dialectSuite, SAMPLES } from '../../testing/dialect-suite.js'
import { wireSuite } from '../../testing/wire-suite.js'
import type { Protocol } from '../dialect.js'
import type { Envelope } from '../envelope.js'
import { type JsonRpcOptions, jsonRpc } from './index.js'

/** Each request has an id that nothing else has, nothing is binary, and last words are tested elsewhere. */
const samples = SAMPLES.map((envelope, at): Envelope => {
  if (envelope.kind === 'request') return { ...envelope, id: 100 + at }
  return envelope.kind === 'result' && envelope.value ? { ...envelope, value: ['Ada'] } : envelope
}).filter((envelope) => envelope.kind !== 'goaway' || envelope.error === undefined)

/** The other side has asked for what the samples answer or cancel. */
function asked(options: JsonRpcOptions): () => Protocol {
  const protocol = jsonRpc(options)
  return () => ({
    ...protocol,
    dialect(limits) {
      const dialect = protocol.dialect(limits)
      for (const id of [1, 2, 3]) dialect.read({ jsonrpc: '2.0', method: 'm', id }, () => {})
      return dialect
    },
  })
}

/** Timeouts and metadata stay behind, and nothing is null. */
function reads(envelope: Envelope): Envelope {
  switch (envelope.kind) {
    case 'request':
      return { ...envelope, timeout: undefined, meta: undefined }
    case 'notify':
      return { ...envelope, meta: undefined }
    case 'result':
      return { ...envelope, value: envelope.value ?? null }
    default:
      return envelope
  }
}

const FORMS: JsonRpcOptions[] = [
  { framing: 'lines' },
  { framing: 'lines', params: 'array', cancel: false, maxBytes: 1_000_000 },
  { framing: 'content-length' },
]

for (const options of FORMS) {
  dialectSuite(`JSON-RPC, ${JSON.stringify(options)}`, asked(options), {
    reads,
    samples,
    // What is no message is answered, not refused.
    malformed: [],
    others: ['GET / HTTP/1.1\r\n', '\u0001\u0000\u0000\u0000', '\u0094'],
  })
}

const values = [{ jsonrpc: '2.0', method: 'm', params: ['ünï→𝄞'], id: 1 }, [], ['x'.repeat(100)]]
const large = [['ü'.repeat(100_000)]]
for (const framing of ['lines', 'content-length', 'message'] as const) {
  const options = { large, around: 30 }
  wireSuite(`JSON-RPC, ${framing}`, () => jsonRpc({ framing, maxBytes: 1e6 }).wire, values, options)
}
