// The same values in two forms: as generation 1 writes them (codes, 16 bytes, Unix times) and as
// generations 2 and 3 do in JSON (words, uuids with hyphens, monotonic times). Contracts, handlers and
// clients know the first form alone; what is here stands between them and a JSON-RPC connection.
import { type Client, type Contract, DerivedCall, type Layer } from 'tieline'
import { deviceIdBytes, deviceIdFromBytes, parseDeviceId } from '../domain/device-id.js'
import { invalid } from '../domain/errors.js'
import { statusFromName, statusName, textFieldFromName, textFieldName } from '../domain/names.js'
import type { Status, TextField } from '../domain/types.js'
import { monoNsOf, type Times, unixMsOf } from './unix-times.js'

/** Values of some keys in another form. What is nil is nil in both. */
type Forms = Readonly<Record<string, (value: unknown) => unknown>>

export interface JsonForms {
  /** To be sent. */
  write(value: unknown): unknown
  /** As it came. Throws `invalid-argument` for a word or a uuid that is none. */
  read(value: unknown): unknown
}

/**
 * `times`: the driver's clocks, to read timelines of generation 3. `monotonic`: write timelines as
 * generation 3 does, too; with clocks that agree with the driver's.
 */
export function jsonForms(times: Times, monotonic = false): JsonForms {
  const writing: Forms = {
    device_id: uuidText,
    assigned_device: uuidText,
    status: (code) => statusName(code as Status) ?? code,
    metadata_id: (code) => textFieldName(code as TextField) ?? code,
    timeline: monotonic ? (value) => writeMonotonic(value, times) : (value) => value,
  }
  const reading: Forms = {
    device_id: uuidBytes,
    assigned_device: uuidBytes,
    status: statusFromName,
    metadata_id: textFieldFromName,
    timeline: (value) => readTimelineForm(value, times),
  }
  return { write: (value) => inForm(value, writing), read: (value) => inForm(value, reading) }
}

/** Methods whose whole answer is a device's id. */
const ANSWERS_DEVICE = new Set(['get_player_assigned_device', 'attach_device'])

/** For the service of a JSON-RPC connection. Put it outermost. */
export function jsonLayer(forms: JsonForms): Layer {
  return (next) => (call) => {
    const answered = (answer: unknown) =>
      ANSWERS_DEVICE.has(call.method) ? uuidText(answer) : forms.write(answer)
    const answer = next(new DerivedCall(call, forms.read(call.params)))
    return answer instanceof Promise ? answer.then(answered) : answered(answer)
  }
}

/** A client of a JSON-RPC connection, to be used with the values of generation 1. */
export function jsonClient<C extends Contract>(
  contract: C,
  plain: Client<C>,
  forms: JsonForms,
): Client<C> {
  const methods = plain as Readonly<Record<string, (input: unknown, options: unknown) => unknown>>
  const made: Record<string, unknown> = {}
  for (const [name, { kind }] of Object.entries(contract.methods)) {
    const send = (input: unknown, options: unknown) => methods[name]?.(forms.write(input), options)
    const read = (answer: unknown) =>
      ANSWERS_DEVICE.has(name) ? uuidBytes(answer) : forms.read(answer)
    made[name] =
      kind === 'notify'
        ? send
        : async (input: unknown, options: unknown) => read(await send(input, options))
  }
  return made as Client<C>
}

function inForm(value: unknown, forms: Forms): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map((each) => inForm(each, forms))
  const changed: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) {
    const form = Object.hasOwn(forms, key) ? forms[key] : undefined
    if (part === undefined) continue
    changed[key] = form === undefined ? inForm(part, forms) : form(part)
  }
  return changed
}

function uuidText(value: unknown): unknown {
  return value instanceof Uint8Array ? deviceIdFromBytes(value) : value
}

function uuidBytes(value: unknown): unknown {
  return value === null || value === undefined ? value : deviceIdBytes(parseDeviceId(value))
}

/** Generation 2's as it is; of generation 3, which has no Unix time, what generation 1 would have said. */
function readTimelineForm(value: unknown, times: Times): unknown {
  if (!isMap(value) || Object.hasOwn(value, 'update_unix_ms')) return value
  const { update_mono_ns, ...rest } = value
  const monoNs = update_mono_ns ?? times.monoNs()
  if (typeof monoNs !== 'number' || !Number.isInteger(monoNs)) {
    throw invalid('invalid timeline update_mono_ns: must be an integer')
  }
  return { ...rest, update_unix_ms: unixMsOf(monoNs, times) }
}

function writeMonotonic(value: unknown, times: Times): unknown {
  if (!isMap(value)) return value
  const { update_unix_ms, ...rest } = value
  return { ...rest, update_mono_ns: monoNsOf(Number(update_unix_ms), times) }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
