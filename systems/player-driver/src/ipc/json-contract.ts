// Generations 2 and 3 of the wire: JSON-RPC 2.0, an object a line. Their contract is generation 1's with
// what they added; `jsonForms` brings its values into the words of JSON.
import { call, contract, jsonRpc, notify, type Protocol, type } from 'tieline'
import { PlayerDriver, PlayerDriverClient } from './contract.js'
import type { WireTimesync } from './time-sync.js'

/** One device, as `get_device_info` tells it. What is not known is left out. */
export interface WireDeviceInfo {
  /** A uuid with hyphens. */
  readonly id: string
  readonly name?: string
  readonly manufacturer?: string
  readonly vendor_id: number
  readonly product_id: number
  readonly serial_number?: string
}

export const PlayerDriverJson = contract({
  name: 'player-driver',
  version: '1.0',
  methods: {
    ...PlayerDriver.methods,
    get_detected_devices: call({
      output: type<string[]>(),
      idempotent: true,
      summary: 'The uuids of the devices attached now',
    }),
    get_device_info: call({
      input: type<{ readonly device_id: Uint8Array }>(),
      output: type<WireDeviceInfo>(),
      params: ['device_id'],
      idempotent: true,
      summary: 'One of them: id, name, manufacturer, vendor_id, product_id, serial_number',
    }),
    get_timesync: call({
      output: type<WireTimesync>(),
      idempotent: true,
      summary: "The driver's clocks at this moment: wall_ns, mono_ns (generation 3)",
    }),
  },
})

export const PlayerDriverClientJson = contract({
  name: 'player-driver-client',
  version: '1.0',
  methods: {
    ...PlayerDriverClient.methods,
    device_changed: notify({
      input: type<{ readonly event: 'added' | 'removed'; readonly device_id: Uint8Array }>(),
      params: ['event', 'device_id'],
      summary: 'A device was attached or detached; told to every JSON-RPC connection',
    }),
  },
})

/** Bytes of a line. 1 MiB, the protocol's. */
const LINE_BYTES = 1024 * 1024

/** By the protocol there are three codes; a program tells the rest by the words, as in generation 1. */
const UNKNOWN_METHOD = -32601
const REFUSED = -32000

/** Lines of JSON-RPC with params that are always objects, and without a way to cancel. */
export function playerDriverJsonRpc(): Protocol {
  return jsonRpc({
    framing: 'lines',
    absentParams: 'empty',
    cancel: false,
    maxBytes: LINE_BYTES,
    errors: {
      write: ({ code, message }) => ({
        code: code === 'unknown-method' ? UNKNOWN_METHOD : REFUSED,
        message,
      }),
    },
  })
}

export function speaksJson({ name }: Pick<Protocol, 'name'>): boolean {
  return name === 'json-rpc'
}
