// What the driver suite runs on: a driver, how to reach it, and the first client.
import type { Device } from '../domain/device.js'
import type { FsctDriver } from '../domain/driver.js'

/** A driver with nothing in it yet, and how to reach it. */
export interface DriverBench {
  /** A new client of the same user. */
  connect(): Promise<FsctDriver>
  /** Attaches a device to the driver itself; the result takes it off. */
  attach(device: Device): () => void
  /** Ends the driver and all its clients. */
  close(): Promise<void>
}

/** The bench of the running test, and a first client. */
export interface Context {
  readonly bench: DriverBench
  readonly driver: FsctDriver
}
