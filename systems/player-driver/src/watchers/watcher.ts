// What a watcher is: something that follows one source of playing and keeps a driver told of it.
import type { FsctDriver } from '../domain/driver.js'

export interface Watcher {
  /**
   * Registers a player, keeps it up to date, and unregisters it at the end. Resolves when the source
   * has ended or the signal fires; rejects when the driver or the source is lost. May be called again
   * after that, with another driver too: nothing of the earlier run is left.
   */
  run(driver: FsctDriver, signal: AbortSignal): Promise<void>
}
