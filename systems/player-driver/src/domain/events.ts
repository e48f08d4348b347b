// What happens in a driver, as its event streams tell it: a discriminated union on `kind`.
import type {
  DeviceId,
  DeviceInfo,
  PlayerId,
  PlayerState,
  Status,
  TextField,
  Timeline,
} from './types.js'

export type PlayerEvent =
  | { readonly kind: 'registered'; readonly player: PlayerId; readonly selfId: string }
  | { readonly kind: 'unregistered'; readonly player: PlayerId }
  | { readonly kind: 'assigned'; readonly player: PlayerId; readonly device: DeviceId }
  | { readonly kind: 'unassigned'; readonly player: PlayerId; readonly device: DeviceId }
  | UpdateEvent

/** What a player is doing. A newer one of the same player and part replaces one not yet read. */
export type UpdateEvent =
  | { readonly kind: 'state-updated'; readonly player: PlayerId; readonly state: PlayerState }
  | { readonly kind: 'status-updated'; readonly player: PlayerId; readonly status: Status }
  | {
      readonly kind: 'timeline-updated'
      readonly player: PlayerId
      readonly timeline: Timeline | null
    }
  | {
      readonly kind: 'text-updated'
      readonly player: PlayerId
      readonly field: TextField
      readonly text: string | null
    }

export interface PreferredChanged {
  readonly kind: 'preferred-changed'
  readonly preferred: PlayerId | null
}

export type DeviceEvent =
  | { readonly kind: 'device-added'; readonly device: DeviceInfo }
  | { readonly kind: 'device-removed'; readonly device: DeviceId }

/** The reader was too slow: so many of the oldest events are gone. Ask for players and devices again. */
export interface EventsLost {
  readonly kind: 'events-lost'
  readonly lost: number
}

export type DriverEvent = PlayerEvent | PreferredChanged | DeviceEvent | EventsLost

export function isUpdate(event: DriverEvent): event is UpdateEvent {
  return (
    event.kind === 'state-updated' ||
    event.kind === 'status-updated' ||
    event.kind === 'timeline-updated' ||
    event.kind === 'text-updated'
  )
}
