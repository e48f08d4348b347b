// What a client asks of a driver that has nothing but the methods of generations 2 and 3: the devices
// one by one, and no texts of what plays next.
import { type Client, isTielineError } from 'tieline'
import { deviceIdBytes, parseDeviceId } from '../domain/device-id.js'
import type { DeviceInfo } from '../domain/types.js'
import { TextField } from '../domain/types.js'
import type { PlayerDriverJson, WireDeviceInfo } from './json-contract.js'
import { readDevice } from './wire-listings.js'

type Json = Client<typeof PlayerDriverJson>

/** The devices attached now. One that goes while they are asked for is left out. */
export async function devicesInJson(client: Json): Promise<DeviceInfo[]> {
  try {
    return (await client.list_devices()).map(readDevice)
  } catch (error) {
    if (!isTielineError(error, 'unknown-method')) throw error
  }
  const ids = (await client.get_detected_devices()).map(parseDeviceId)
  const asked = ids.map(async (id) => {
    try {
      return [readInfo(await client.get_device_info({ device_id: deviceIdBytes(id) }))]
    } catch (error) {
      if (isTielineError(error) && error.origin === 'remote') return []
      throw error
    }
  })
  return (await Promise.all(asked)).flat()
}

function readInfo(info: WireDeviceInfo): DeviceInfo {
  return {
    id: parseDeviceId(info.id),
    vendorId: info.vendor_id,
    productId: info.product_id,
    name: info.name ?? null,
    manufacturer: info.manufacturer ?? null,
    serialNumber: info.serial_number ?? null,
  }
}

/**
 * The client, for which a driver that has no place for the texts of what plays next has taken them: a
 * player is shown as well without.
 */
export function forgivingQueueTexts(client: Json): Json {
  return {
    ...client,
    update_player_metadata: async (params, options) => {
      try {
        await client.update_player_metadata(params, options)
      } catch (error) {
        const ofQueue = params.metadata_id >= TextField.QueueTitle
        if (!ofQueue || !isTielineError(error) || !/metadata/.test(error.message)) throw error
      }
    },
  }
}
