// Tells a JSON-RPC connection of devices, without being asked.
import type { Client } from 'tieline'
import { deviceIdBytes } from '../domain/device-id.js'
import type { DriverHost } from '../domain/host.js'
import type { PlayerDriverClientJson } from '../ipc/json-contract.js'

/** Tells the client of each device that comes or goes. Returns how to stop that. */
export function tellDevices(
  host: DriverHost,
  client: Pick<Client<typeof PlayerDriverClientJson>, 'device_changed'>,
): () => void {
  return host.watch((event) => {
    if (event.kind !== 'device-added' && event.kind !== 'device-removed') return
    const [name, id] =
      event.kind === 'device-added'
        ? (['added', event.device.id] as const)
        : (['removed', event.device] as const)
    try {
      client.device_changed({ event: name, device_id: deviceIdBytes(id) })
    } catch {
      // The connection ends, or its queue is full of what the client does not read: the toolkit's
      // limits end that one, and the others must be told.
    }
  })
}
