// Generation 3 of the player driver's wire and Python: a program with nothing but `json` and `socket`
// registers, compares clocks, plays, and is told of a device that goes.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DriverHost, serveDriver, VirtualDisplay } from '@tieline/player-driver'
import { expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { answer, run } from '../support/command.js'
import { python } from '../support/peer.js'

const python3 = python()
const program = fileURLToPath(new URL('player_driver_json_client.py', import.meta.url))

test.skipIf(!python3.available)('Python drives the driver in JSON', async () => {
  const folder = ownFolder()
  const path = join(folder, 'fsct.sock')
  const host = new DriverHost()
  const server = await serveDriver(host, { at: `unix:${path}` })
  atEnd(() => server.close())
  const display = new VirtualDisplay({ serialNumber: 's' })
  const detach = host.attach(display)
  const driver = host.session()
  const events = await driver.subscribe()
  void (async () => {
    for await (const event of events) {
      if (event.kind === 'timeline-updated') detach()
    }
  })()
  expect(answer(await run(python3.path, [program, path]))).toEqual({
    version: { major: 1, minor: 0 },
    'clocks agree': true,
    'one clock': true,
    player: 1,
    answers: [null, null, null],
    'same device id': true,
    info: {
      id: display.info.id,
      name: display.info.name,
      manufacturer: display.info.manufacturer,
      vendor_id: display.info.vendorId,
      product_id: display.info.productId,
      serial_number: 's',
    },
    assigned: true,
    unassigned: null,
    refusals: [
      { code: -32601, message: 'unknown method: nope' },
      { code: -32000, message: 'invalid status: 1' },
      { code: -32000, message: 'player_id 2 not registered for this connection' },
    ],
    'parse error': [null, -32700],
    pushed: [['device_changed', 'removed', true]],
  })
})
