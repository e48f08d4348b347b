// What a JSON-RPC connection of the driver is answered: the session that generation 1 has, in JSON's
// forms, with the methods that generations 2 and 3 added.
import { type Implementation, implement, type Layer } from 'tieline'
import { deviceIdFromBytes } from '../domain/device-id.js'
import { noSuchDevice } from '../domain/errors.js'
import type { DeviceInfo } from '../domain/types.js'
import { PlayerDriverJson, type WireDeviceInfo } from '../ipc/json-contract.js'
import { type JsonForms, jsonLayer } from '../ipc/json-forms.js'
import type { Times } from '../ipc/unix-times.js'
import type { ClientSession } from './client-session.js'

export interface JsonOptions {
  readonly session: ClientSession
  readonly forms: JsonForms
  readonly times: Times
  /** What goes around the whole, as with `implement`. */
  readonly layers: readonly Layer[]
}

export function jsonImplementation(options: JsonOptions): Implementation {
  const { session, forms, times, layers } = options
  const handlers = {
    ...session.handlers(),
    get_detected_devices: async () => (await session.devices()).map(({ id }) => id as string),
    get_device_info: async ({ device_id }: { readonly device_id: Uint8Array }) => {
      const id = deviceIdFromBytes(device_id)
      const info = (await session.devices()).find((device) => device.id === id)
      if (info === undefined) throw noSuchDevice(id)
      return writeInfo(info)
    },
    get_timesync: () => ({ wall_ns: times.wallNs(), mono_ns: times.monoNs() }),
  }
  return implement(PlayerDriverJson, handlers, { layers: [...layers, jsonLayer(forms)] })
}

function writeInfo(info: DeviceInfo): WireDeviceInfo {
  const { name, manufacturer, serialNumber } = info
  return {
    id: info.id,
    ...(name === null ? {} : { name }),
    ...(manufacturer === null ? {} : { manufacturer }),
    vendor_id: info.vendorId,
    product_id: info.productId,
    ...(serialNumber === null ? {} : { serial_number: serialNumber }),
  }
}
