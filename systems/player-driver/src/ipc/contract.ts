// The player driver as a contract: what generation 1 of the wire has, and beyond it listings, events
// and devices. Two directions: `PlayerDriver` is called by clients, `PlayerDriverClient` by the driver.
import { call, contract, notify, type } from 'tieline'
import type { ProtocolVersion } from '../domain/types.js'
import type { WireEvent } from './wire-events.js'
import type { WireDevice, WireDeviceUpdate, WirePlayer } from './wire-listings.js'
import type { WireStatus } from './wire-status.js'
import type { WireState, WireTimeline } from './wire-values.js'

export interface OfPlayer {
  readonly player_id: number
}
export interface OfPlayerAndDevice extends OfPlayer {
  /** The 16 bytes of the uuid. */
  readonly device_id: Uint8Array
}
export interface OfSubscription {
  /** The client's own number for it, from 1. */
  readonly subscription: number
}

/**
 * The inputs are typed and not checked here: the handlers check them, in the words that the
 * original's clients know. `params` is the order on the wire.
 */
export const PlayerDriver = contract({
  name: 'player-driver',
  version: '1.0',
  methods: {
    get_protocol_version: call({
      output: type<ProtocolVersion>(),
      idempotent: true,
      summary: 'The first call on a connection: {major, minor}',
    }),
    register_player: call({
      input: type<{ readonly self_id: string }>(),
      output: type<number>(),
      params: ['self_id'],
      summary: 'A new player under this name; answers its id',
    }),
    unregister_player: call({
      input: type<OfPlayer>(),
      params: ['player_id'],
      summary: 'Takes the player away',
    }),
    assign_player_to_device: call({
      input: type<OfPlayerAndDevice>(),
      params: ['player_id', 'device_id'],
      summary: 'The device shows this player before others; replaces an earlier assignment',
    }),
    unassign_player_from_device: call({
      input: type<OfPlayerAndDevice>(),
      params: ['player_id', 'device_id'],
      summary: 'Takes the assignment back',
    }),
    update_player_state: call({
      input: type<OfPlayer & { readonly state: WireState }>(),
      params: ['player_id', 'state'],
      summary: 'All of a player at once: status, timeline, texts',
    }),
    update_player_status: call({
      input: type<OfPlayer & { readonly status: number }>(),
      params: ['player_id', 'status'],
      summary: 'Stopped 0, Playing 1, Paused 2, Seeking 3, Buffering 4, Error 5, Unknown 15',
    }),
    update_player_timeline: call({
      input: type<OfPlayer & { readonly timeline: WireTimeline | null }>(),
      params: ['player_id', 'timeline'],
      summary: 'Where the player is in its track; nil: nowhere',
    }),
    update_player_metadata: call({
      input: type<OfPlayer & { readonly metadata_id: number; readonly text: string | null }>(),
      params: ['player_id', 'metadata_id', 'text'],
      summary: 'Title 1, artist 2, album 3, genre 4; of what plays next 0x31 to 0x34',
    }),
    get_player_assigned_device: call({
      input: type<OfPlayer>(),
      output: type<Uint8Array | null>(),
      params: ['player_id'],
      idempotent: true,
      summary: 'The device that the player is assigned to, or nil',
    }),
    set_preferred_player: call({
      input: type<{ readonly player_id: number | null }>(),
      params: ['player_id'],
      summary: 'The player that the user chose; nil: none',
    }),
    get_preferred_player: call({
      output: type<number | null>(),
      idempotent: true,
      summary: 'The player that the user chose, or nil',
    }),

    // What the original never had.
    list_players: call({
      output: type<WirePlayer[]>(),
      idempotent: true,
      summary: "The players of the caller's user, with what they play",
    }),
    list_devices: call({
      output: type<WireDevice[]>(),
      idempotent: true,
      summary: 'The devices attached now',
    }),
    get_status: call({
      output: type<WireStatus>(),
      idempotent: true,
      summary: 'Connections, players, devices and what each shows',
    }),
    subscribe_events: call({
      input: type<OfSubscription>(),
      params: ['subscription'],
      summary: 'The driver calls player_events from now on; the caller chooses the number',
    }),
    unsubscribe_events: call({
      input: type<OfSubscription>(),
      params: ['subscription'],
      summary: 'No more of them',
    }),
    attach_device: call({
      input: type<{ readonly device: Omit<WireDevice, 'device_id'> }>(),
      output: type<Uint8Array>(),
      params: ['device'],
      summary: 'The caller shows what the driver sends it with device_update; answers the id',
    }),
    detach_device: call({
      input: type<{ readonly device_id: Uint8Array }>(),
      params: ['device_id'],
      summary: 'Takes a device of this connection off',
    }),
    end_session: call({
      summary:
        'Unregisters the players of this connection and detaches its devices, before it ends',
    }),
  },
})

/**
 * What the driver calls on a client that subscribed or attached. Each call is made when the one before
 * it was answered: what comes up meanwhile is merged, the newest wins, and a client that does not
 * answer in time loses the subscription or the device, which the notifications tell it.
 */
export const PlayerDriverClient = contract({
  name: 'player-driver-client',
  version: '1.0',
  methods: {
    player_events: call({
      input: type<OfSubscription & { readonly events: readonly WireEvent[] }>(),
      params: ['subscription', 'events'],
      summary: 'What happened, in order',
    }),
    device_update: call({
      input: type<{ readonly device_id: Uint8Array; readonly update: WireDeviceUpdate }>(),
      params: ['device_id', 'update'],
      summary: 'What changed on the device; the first one is everything',
    }),
    subscription_ended: notify({
      input: type<OfSubscription & { readonly reason: string }>(),
      params: ['subscription', 'reason'],
      summary: 'There are no more events for it, and why',
    }),
    device_detached: notify({
      input: type<{ readonly device_id: Uint8Array; readonly reason: string }>(),
      params: ['device_id', 'reason'],
      summary: 'The driver has let go of the device, and why',
    }),
  },
})
