// Fuzz target: a connection of the original's splice protocol, seen from each of its three sides.
import { defaultLimits } from 'tieline'
import { encoded } from 'tieline/codec'
import type { Protocol } from 'tieline/dialect'
import { protocolTarget } from 'tieline/testing'
import { message, type SpliceMessage, spliceWire } from './codec.js'
import { HEALTH_CHECK, LIST_EXPORTS, spliceProtocol } from './dialect.js'
import { exportsMessage, handshake, SPLICE_VERSION } from './messages.js'

export const name = 'splice'

const exported = {
  name: 'ticks',
  isAsync: true,
  isStreaming: true,
  paramsSchema: '{}',
  returnSchema: '{}',
}

/** The host's side once it has asked for all that can be asked: only then are there answers. */
const asking: Protocol<SpliceMessage> = {
  ...spliceProtocol({ role: 'host' }),
  dialect(limits) {
    const dialect = spliceProtocol({ role: 'host' }).dialect(limits)
    const asked = { kind: 'request', params: null, timeout: 1000, meta: undefined } as const
    const methods = ['add', 'ticks', LIST_EXPORTS, HEALTH_CHECK]
    for (const [at, method] of methods.entries()) {
      const window = method === 'ticks' ? 1 : undefined
      dialect.write({ ...asked, id: at + 1, method, window }, () => {})
    }
    return dialect
  },
}

const connections = [
  protocolTarget(asking as Protocol),
  protocolTarget(spliceProtocol({ role: 'worker', exports: [exported] }) as Protocol),
  protocolTarget(spliceProtocol({ role: 'splice', exports: [exported] }) as Protocol),
]

export function target(bytes: Uint8Array): void {
  for (const connection of connections) connection(bytes)
}

function written(...messages: readonly SpliceMessage[]): Uint8Array {
  const wire = spliceWire()
  const each = messages.map((one) =>
    encoded({ encode: (value, out) => wire.encode(value, out, defaultLimits) }, one),
  )
  return Uint8Array.from(each.flatMap((bytes) => [...bytes]))
}

const hello = handshake('Host', 512)
const welcome = message('HandshakeAck', SPLICE_VERSION, 3, new Array<number>(16).fill(0), 1)
const nothing = Uint8Array.of(0xc0)

export const seeds = [
  written(hello, message('ListExports'), message('HealthCheck')),
  written(
    hello,
    message('Invoke', 1, 'ticks', nothing, 5, [1, 2, [['a', 'b']]]),
    message('Cancel', 1),
    message('Shutdown'),
  ),
  written(
    welcome,
    message('Invoke', 1, 'ticks', nothing, 0, [1, 2, []]),
    message('StreamAck', 1, 1),
  ),
  written(
    welcome,
    message('InvokeResult', 1, nothing, 0),
    message('StreamStart', 2, 0),
    message('StreamChunk', 2, 0, nothing),
    message('StreamEnd', 2, 1),
  ),
  written(
    welcome,
    message('InvokeError', 1, 1, 'User', 'm', null),
    message('StreamError', 2, 1, 'm'),
    exportsMessage([exported]),
    message('HealthStatus', 1, 2, 3),
  ),
]
