// The driver behind a socket: the same interface as the one in process, in any generation of the wire.
// One connection is one client: its players live as long as it does, so it does not come back by itself
// (`stayConnected` does, with a new one).
import {
  type Client,
  type Clock,
  type Duration,
  type Limits,
  type Params,
  TielineError,
} from 'tieline'
import type { Transport } from 'tieline/transport'
import {
  checkDeviceId,
  checkPlayerId,
  checkState,
  checkStatus,
  checkTextField,
  checkTimeline,
} from '../domain/check.js'
import type { Device } from '../domain/device.js'
import { deviceIdBytes, deviceIdFromBytes } from '../domain/device-id.js'
import type { DriverEventStream, FsctDriver } from '../domain/driver.js'
import { cancelled, deviceInUse, driverClosed } from '../domain/errors.js'
import { EventQueue } from '../domain/event-queue.js'
import { defaultDriverLimits } from '../domain/limits.js'
import type {
  DeviceId,
  DeviceInfo,
  PlayerId,
  PlayerInfo,
  PlayerState,
  ProtocolVersion,
  Status,
  TextField,
  Timeline,
} from '../domain/types.js'
import type { PlayerDriver, PlayerDriverClient } from './contract.js'
import type { PlayerDriverClientJson } from './json-contract.js'
import { type Generation, type Link, openLink, type WantedGeneration } from './link.js'
import { asLocal } from './remote-errors.js'
import type { Times } from './unix-times.js'
import { checkVersion } from './version.js'
import { readEvent } from './wire-events.js'
import { readDeviceId, readDeviceUpdate, readPlayer, writeDevice } from './wire-listings.js'
import type { WireStatus } from './wire-status.js'
import { ANY_LENGTH, writeState, writeTimeline } from './wire-values.js'

export interface IpcDriverOptions {
  /** Where the driver is: see `driverEndpoint`. */
  readonly at: string | Transport
  /** Of the wire. Found out unless told; 'json': the newer of 2 and 3 that the driver speaks. */
  readonly generation?: WantedGeneration
  /** Told of devices that come and go, on a connection of generation 2 or 3. */
  readonly deviceChanged?: (event: 'added' | 'removed', device: DeviceId) => void
  /** For a connection and its first call. 10 s. */
  readonly timeout?: Duration
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  readonly limits?: Partial<Limits>
  readonly clock?: Clock
  /** The clocks that generation 3 compares with the driver's. The system's. */
  readonly times?: Times
}

/** How long `close` waits for the driver to clear up. 2 s: it takes no time unless the driver hangs. */
const FAREWELL_MS = 2000
/** Milliseconds a call may take. 10 s: the driver answers at once or is in trouble. */
const CALL_MS = 10_000

export class IpcDriver implements FsctDriver {
  readonly #streams = new Map<number, EventQueue>()
  readonly #devices = new Map<DeviceId, Device>()
  readonly #lost = new AbortController()
  #link!: Link
  #subscriptions = 0
  #closing: Promise<void> | undefined

  private constructor() {}

  /**
   * Connects and asks for the version first. Rejects with `connection-refused`, `permission-denied`,
   * `invalid-endpoint`, `deadline-exceeded`, or with `version-mismatch` when the driver speaks another
   * major version; then the connection is closed and nothing else was asked.
   */
  static async connect(options: IpcDriverOptions): Promise<IpcDriver> {
    const { timeout = CALL_MS, limits, deviceChanged } = options
    const driver = new IpcDriver()
    driver.#link = await openLink({
      ...options,
      timeout,
      limits: { callMs: CALL_MS, ...limits },
      handlers: driver.#handlers(deviceChanged),
      closed: (error) => driver.#ended(error),
    })
    return driver
  }

  /** As it was dialled. */
  get endpoint(): string {
    return this.#link.connection.endpoint
  }

  /** What the driver said when this connection began. */
  get version(): ProtocolVersion {
    return this.#link.version
  }

  /** Of the wire, on this connection. */
  get generation(): Generation {
    return this.#link.generation
  }

  /** Fires with the reason when the connection is lost, before any call rejects. Not on `close`. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  getProtocolVersion(): Promise<ProtocolVersion> {
    return this.#ask(async (client) => {
      return checkVersion(await client.get_protocol_version(), this.endpoint)
    })
  }

  registerPlayer(selfId: string): Promise<PlayerId> {
    return this.#ask(async (client) =>
      checkPlayerId(await client.register_player({ self_id: selfId })),
    )
  }

  unregisterPlayer(player: PlayerId): Promise<void> {
    return this.#ask((client) => client.unregister_player({ player_id: player }))
  }

  assignPlayerToDevice(player: PlayerId, device: DeviceId): Promise<void> {
    return this.#ask((client) => client.assign_player_to_device(pair(player, device)))
  }

  unassignPlayerFromDevice(player: PlayerId, device: DeviceId): Promise<void> {
    return this.#ask((client) => client.unassign_player_from_device(pair(player, device)))
  }

  getPlayerAssignedDevice(player: PlayerId): Promise<DeviceId | null> {
    return this.#ask(async (client) =>
      readDeviceId(await client.get_player_assigned_device({ player_id: player })),
    )
  }

  updatePlayerState(player: PlayerId, state: PlayerState): Promise<void> {
    return this.#ask((client) =>
      client.update_player_state({
        player_id: checkPlayerId(player),
        state: writeState(checkState(state, ANY_LENGTH)),
      }),
    )
  }

  updatePlayerStatus(player: PlayerId, status: Status): Promise<void> {
    return this.#ask((client) =>
      client.update_player_status({
        player_id: checkPlayerId(player),
        status: checkStatus(status),
      }),
    )
  }

  updatePlayerTimeline(player: PlayerId, timeline: Timeline | null): Promise<void> {
    return this.#ask((client) =>
      client.update_player_timeline({
        player_id: checkPlayerId(player),
        timeline: writeTimeline(checkTimeline(timeline)),
      }),
    )
  }

  updatePlayerMetadata(player: PlayerId, field: TextField, text: string | null): Promise<void> {
    return this.#ask((client) =>
      client.update_player_metadata({
        player_id: checkPlayerId(player),
        metadata_id: checkTextField(field),
        text,
      }),
    )
  }

  setPreferredPlayer(player: PlayerId | null): Promise<void> {
    return this.#ask((client) => client.set_preferred_player({ player_id: player }))
  }

  getPreferredPlayer(): Promise<PlayerId | null> {
    return this.#ask(async (client) => {
      const player = await client.get_preferred_player()
      return player === null || player === undefined ? null : checkPlayerId(player)
    })
  }

  players(): Promise<PlayerInfo[]> {
    return this.#ask(async (client) => (await client.list_players()).map(readPlayer))
  }

  devices(): Promise<DeviceInfo[]> {
    return this.#ask(() => this.#link.devices())
  }

  /** What the driver tells of itself. Beyond FsctDriver. */
  status(): Promise<WireStatus> {
    return this.#ask((client) => client.get_status())
  }

  async subscribe(options: { readonly signal?: AbortSignal } = {}): Promise<DriverEventStream> {
    const { signal } = options
    if (signal?.aborted) throw cancelled()
    this.#subscriptions += 1
    const subscription = this.#subscriptions
    const leave = () => void queue.return()
    const queue = new EventQueue(defaultDriverLimits.queuedEvents, () => {
      signal?.removeEventListener('abort', leave)
      if (this.#streams.delete(subscription)) this.#unsubscribe(subscription)
    })
    // Before the call, as the first events may come with its answer.
    this.#streams.set(subscription, queue)
    try {
      await this.#ask((client) => client.subscribe_events({ subscription }))
    } catch (error) {
      this.#streams.delete(subscription)
      throw error
    }
    signal?.addEventListener('abort', leave, { once: true })
    if (signal?.aborted) leave()
    return queue
  }

  /**
   * Makes a device of this process one of the driver's: it is sent what it shows from now on, until it
   * is taken off, the driver lets go of it or the connection ends; `detached` tells the last two with
   * the reason. Resolves to how to take it off. Rejects with `device-in-use` while one of the same id
   * is attached. Beyond FsctDriver.
   */
  async attachDevice(device: Device): Promise<() => Promise<void>> {
    const { id } = device.info
    if (this.#devices.has(id)) throw deviceInUse(id)
    this.#devices.set(id, device)
    const { device_id: _, ...offer } = writeDevice(device.info)
    try {
      await this.#ask(async (client) => {
        const given = deviceIdFromBytes(await client.attach_device({ device: offer }))
        if (given !== id) throw malformed(`the driver calls device ${id} ${given}`)
      })
    } catch (error) {
      this.#devices.delete(id)
      throw error
    }
    return async () => {
      if (this.#devices.get(id) !== device) return
      this.#devices.delete(id)
      device.detached()
      await this.#ask((client) => client.detach_device({ device_id: deviceIdBytes(id) }))
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { client, connection } = this.#link
    this.#letGo()
    try {
      if (!this.lost.aborted) await client.end_session(undefined, { timeout: FAREWELL_MS })
    } catch {
      // A driver without that method, or one that hangs: the end of the connection does the same.
    }
    await connection.close()
  }

  /** Every call goes through here: `FsctDriver`'s errors come out, in their own words and codes. */
  async #ask<T>(call: (client: Client<typeof PlayerDriver>) => Promise<T>): Promise<T> {
    if (this.#closing) throw driverClosed()
    if (this.lost.aborted) throw this.lost.reason
    try {
      return await call(this.#link.client)
    } catch (error) {
      throw asLocal(error)
    }
  }

  #handlers(deviceChanged: IpcDriverOptions['deviceChanged']) {
    type Offered = typeof PlayerDriverClient
    return {
      player_events: (params: Params<Offered, 'player_events'>) => {
        // One that has left is still sent what was on its way.
        const queue = this.#streams.get(params.subscription)
        for (const each of queue ? params.events : []) {
          const event = readEvent(each)
          if (event) queue?.push(event)
        }
      },
      device_update: (params: Params<Offered, 'device_update'>) => {
        const device = this.#devices.get(deviceIdFromBytes(params.device_id))
        device?.apply(readDeviceUpdate(params.update))
      },
      subscription_ended: ({ subscription, reason }: Params<Offered, 'subscription_ended'>) => {
        const queue = this.#streams.get(subscription)
        this.#streams.delete(subscription)
        queue?.finish(unavailable(`the driver ended the events: ${reason}`))
      },
      device_detached: ({ device_id, reason }: Params<Offered, 'device_detached'>) => {
        const id = deviceIdFromBytes(device_id)
        const device = this.#devices.get(id)
        this.#devices.delete(id)
        device?.detached(reason)
      },
      device_changed: (params: Params<typeof PlayerDriverClientJson, 'device_changed'>) =>
        deviceChanged?.(params.event, deviceIdFromBytes(params.device_id)),
    }
  }

  #unsubscribe(subscription: number): void {
    if (this.#closing || this.lost.aborted) return
    this.#link.client.unsubscribe_events({ subscription }).catch(() => {
      // The connection is lost, and the subscription with it.
    })
  }

  /** The connection is over, whoever ended it. */
  #ended(error: Error | undefined): void {
    if (this.#closing || this.lost.aborted) return
    const reason = error ?? unavailable('the driver closed the connection')
    this.#lost.abort(reason)
    this.#letGo(reason)
  }

  #letGo(reason?: Error): void {
    const [streams, devices] = [[...this.#streams.values()], [...this.#devices.values()]]
    this.#streams.clear()
    this.#devices.clear()
    for (const stream of streams) stream.finish(reason)
    for (const device of devices) device.detached(reason?.message)
  }
}

function pair(player: PlayerId, device: DeviceId) {
  return { player_id: checkPlayerId(player), device_id: deviceIdBytes(checkDeviceId(device)) }
}

function unavailable(message: string): TielineError {
  return new TielineError('unavailable', message, { origin: 'channel' })
}

function malformed(message: string): TielineError {
  return new TielineError('malformed', message, { origin: 'protocol' })
}
