// One connection of the driver: its session with the players it registered, its subscriptions, its
// devices. All of it ends with the connection.
import { type Client, client, type Handlers, type Peer } from 'tieline'
import { clean } from '../display/text.js'
import { sees } from '../domain/audience.js'
import { checkPlayerId } from '../domain/check.js'
import { deviceIdBytes, deviceIdFromBytes } from '../domain/device-id.js'
import { driverClosed, exhausted, invalid } from '../domain/errors.js'
import type { EventQueue } from '../domain/event-queue.js'
import type { DriverHost } from '../domain/host.js'
import type { LocalDriver } from '../domain/local-driver.js'
import { Rate } from '../domain/rate.js'
import type { DeviceId, DeviceInfo, Status, TextField } from '../domain/types.js'
import type { PlayerDriver } from '../ipc/contract.js'
import { PlayerDriverClientJson, speaksJson } from '../ipc/json-contract.js'
import { type JsonForms, jsonClient } from '../ipc/json-forms.js'
import { readOffer, writeDevice, writeDeviceId, writePlayer } from '../ipc/wire-listings.js'
import { type ConnectionLoad, type WireStatus, writeStatus } from '../ipc/wire-status.js'
import { readState, readTimeline } from '../ipc/wire-values.js'
import { tellDevices } from './device-teller.js'
import { feedEvents } from './event-feed.js'
import { RemoteDevice } from './remote-device.js'

export interface ClientSessionOptions {
  readonly host: DriverHost
  readonly peer: Peer
  readonly answerMs: number
  /** One line for the operator. */
  readonly note: (line: string) => void
  /** All connections, for the status. */
  readonly connections: () => Iterable<ClientSession>
  readonly uptimeMs: () => number
  /** For a connection that speaks JSON-RPC. */
  readonly forms: JsonForms
}

export class ClientSession {
  readonly #options: ClientSessionOptions
  readonly #session: LocalDriver
  readonly #client: Client<typeof PlayerDriverClientJson>
  readonly #subscriptions = new Map<number, Promise<EventQueue>>()
  /** How to take each off. */
  readonly #devices = new Map<DeviceId, () => void>()
  readonly #calls: Rate
  readonly #leaveDevices: () => void
  #open = true

  /** Throws `unavailable` once the driver is closed. */
  constructor(options: ClientSessionOptions) {
    const { host, peer } = options
    const { uid, pid } = peer.identity.credentials ?? {}
    this.#options = options
    this.#calls = new Rate(options.uptimeMs)
    this.#session = host.session({
      ...(uid === undefined ? {} : { uid }),
      ...(pid === undefined ? {} : { pid }),
    })
    const plain = client(PlayerDriverClientJson, peer, { params: peer.protocol.params })
    const inJson = speaksJson(peer.protocol)
    this.#client = inJson ? jsonClient(PlayerDriverClientJson, plain, options.forms) : plain
    this.#leaveDevices = inJson ? tellDevices(host, this.#client) : () => {}
  }

  get load(): ConnectionLoad {
    return {
      owner: this.#session.owner,
      devices: this.#devices.size,
      subscriptions: this.#subscriptions.size,
      callsPerSecond: this.#calls.perSecond(),
      speaks: this.#options.peer.protocol.name,
    }
  }

  /** Unregisters the players, detaches the devices, ends the subscriptions. Idempotent. */
  async close(): Promise<void> {
    this.#open = false
    this.#leaveDevices()
    for (const detach of [...this.#devices.values()]) detach()
    this.#devices.clear()
    this.#subscriptions.clear()
    await this.#session.close()
  }

  /** For each call of the client. */
  called(): void {
    this.#calls.count()
  }

  /** The devices attached now. */
  devices(): Promise<DeviceInfo[]> {
    return this.#session.devices()
  }

  /** Each does its work before it returns, so calls take effect in the order in which they came. */
  handlers(): Handlers<typeof PlayerDriver> {
    const session = this.#session
    const { limits } = this.#options.host
    return {
      get_protocol_version: () => session.getProtocolVersion(),
      register_player: ({ self_id }) => session.registerPlayer(self_id),
      unregister_player: ({ player_id }) => session.unregisterPlayer(player_id),
      assign_player_to_device: ({ player_id, device_id }) =>
        session.assignPlayerToDevice(checkPlayerId(player_id), deviceIdFromBytes(device_id)),
      unassign_player_from_device: ({ player_id, device_id }) =>
        session.unassignPlayerFromDevice(checkPlayerId(player_id), deviceIdFromBytes(device_id)),
      update_player_state: ({ player_id, state }) =>
        session.updatePlayerState(checkPlayerId(player_id), readState(state, limits)),
      update_player_status: ({ player_id, status }) =>
        session.updatePlayerStatus(player_id, status as Status),
      update_player_timeline: ({ player_id, timeline }) =>
        session.updatePlayerTimeline(checkPlayerId(player_id), readTimeline(timeline)),
      update_player_metadata: ({ player_id, metadata_id, text }) =>
        session.updatePlayerMetadata(player_id, metadata_id as TextField, text),
      get_player_assigned_device: async ({ player_id }) =>
        writeDeviceId(await session.getPlayerAssignedDevice(player_id)),
      set_preferred_player: ({ player_id }) => session.setPreferredPlayer(player_id),
      get_preferred_player: () => session.getPreferredPlayer(),
      list_players: async () => (await session.players()).map(writePlayer),
      list_devices: async () => (await session.devices()).map(writeDevice),
      get_status: () => this.#status(),
      subscribe_events: ({ subscription }) => this.#subscribe(subscription),
      unsubscribe_events: ({ subscription }) => this.#unsubscribe(subscription),
      attach_device: ({ device }) => this.#attach(device),
      detach_device: ({ device_id }) => this.#detach(deviceIdFromBytes(device_id)),
      end_session: () => this.close(),
    }
  }

  #status(): WireStatus {
    const { host, connections, uptimeMs } = this.#options
    const loads = [...connections()].map((connection) => connection.load)
    const viewer = this.#session.owner
    return writeStatus(host.status(), loads, {
      pid: process.pid,
      uptimeMs: Math.round(uptimeMs()),
      sees: (owner) => sees(viewer, owner),
    })
  }

  async #subscribe(given: unknown): Promise<void> {
    const subscription = checkSubscription(given)
    if (this.#subscriptions.has(subscription)) {
      throw invalid(`invalid subscription: ${subscription} is in use on this connection`)
    }
    // It has subscribed when it returns its promise: nothing is missed until that resolves.
    const subscribing = this.#session.subscribe()
    this.#subscriptions.set(subscription, subscribing)
    try {
      void this.#feed(subscription, await subscribing)
    } catch (error) {
      this.#subscriptions.delete(subscription)
      throw error
    }
  }

  /** One that has ended already is no fault: the driver may have ended it in the same moment. */
  async #unsubscribe(given: unknown): Promise<void> {
    const subscription = checkSubscription(given)
    const events = await this.#subscriptions.get(subscription)
    this.#subscriptions.delete(subscription)
    await events?.return()
  }

  async #feed(subscription: number, events: EventQueue): Promise<void> {
    const { answerMs } = this.#options
    const reason = await feedEvents({ subscription, events, client: this.#client, answerMs })
    if (reason === undefined) return
    this.#subscriptions.delete(subscription)
    this.#tell(`events of ${this.#who} ended: ${reason}`, () =>
      this.#client.subscription_ended({ subscription, reason }),
    )
  }

  #attach(offer: unknown): Uint8Array {
    if (!this.#open) throw driverClosed()
    const { host, answerMs } = this.#options
    const { limits } = host
    const info = readOffer(offer, limits)
    if (this.#devices.size >= limits.devicesPerSession) {
      throw exhausted(`no more devices: this connection has ${limits.devicesPerSession}, the limit`)
    }
    const failed = (reason: string | undefined) => this.#deviceFailed(info, reason)
    const device = new RemoteDevice({ info, client: this.#client, answerMs, failed })
    this.#devices.set(info.id, host.attach(device, this.#session.owner))
    return deviceIdBytes(info.id)
  }

  /** As with `unsubscribe_events`, one that is not attached is no fault. */
  #detach(device: DeviceId): void {
    this.#devices.get(device)?.()
    this.#devices.delete(device)
  }

  #deviceFailed({ id, name }: DeviceInfo, reason: string | undefined): void {
    this.#detach(id)
    if (reason === undefined) return
    this.#tell(`device ${name ?? id} of ${this.#who} detached: ${reason}`, () =>
      this.#client.device_detached({ device_id: deviceIdBytes(id), reason }),
    )
  }

  get #who(): string {
    const { pid } = this.#session.owner
    return pid === undefined ? 'a client' : `pid ${pid}`
  }

  #tell(line: string, tellClient: () => void): void {
    // Names and reasons come from the client, and the operator may read them on a terminal.
    this.#options.note(clean(line))
    try {
      tellClient()
    } catch {
      // The connection ends in this moment: there is nobody to tell.
    }
  }
}

function checkSubscription(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw invalid('invalid subscription: must be an integer from 1')
}
