// Fuzz target: which protocol a connection begins with. It is decided once, whatever comes behind.
import { refusedOr } from '../testing/fuzz.js'
import { anyOf, HEAD_BYTES, recognise } from './any-of.js'
import { jsonRpc } from './json-rpc/index.js'
import { msgpackRpc } from './msgpack-rpc.js'
import { native } from './native.js'

export const name = 'any-of'

const all = anyOf(
  msgpackRpc(),
  jsonRpc({ framing: 'lines' }),
  jsonRpc({ framing: 'content-length' }),
  native(),
)

export function target(bytes: Uint8Array): void {
  const head = bytes.subarray(0, HEAD_BYTES)
  let decided: string | undefined
  for (let length = 0; length <= head.length; length++) {
    const last = length === head.length
    const found = refusedOr(() => recognise(all, head.subarray(0, length), last))
    const now = found === undefined ? 'refused' : found.is?.name
    // At the end a protocol that still waits is passed over.
    if (decided !== undefined && now !== decided) {
      throw new Error(`after ${length - 1} bytes it was ${decided}, after ${length} ${now}`)
    }
    decided = now
  }
}

export const seeds = [
  '{"jsonrpc"',
  ' \n[',
  'Content-Length: 1',
  '\0\0\0\u000e\u0096\u0000\u00a7tieline',
  '\u0094\u0000',
]
