// The driver across a real socket passes the suite of all drivers.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DriverHost } from '../domain/host.js'
import { serveDriver } from '../driver/server.js'
import { driverSuite } from '../testing/driver-suite.js'
import { IpcDriver } from './ipc-driver.js'

driverSuite('IpcDriver', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'player-driver-'))
  const server = await serveDriver(new DriverHost(), { at: `unix:${folder}/fsct.sock` })
  const clients: IpcDriver[] = []
  return {
    async connect() {
      const driver = await IpcDriver.connect({ at: server.endpoint })
      clients.push(driver)
      return driver
    },
    attach: (device) => server.host.attach(device),
    async close() {
      await server.close()
      await Promise.all(clients.map((driver) => driver.close()))
      await rm(folder, { recursive: true })
    },
  }
})
