// Events as they travel to a subscriber: maps with a `kind`, snake_case keys, uuids as 16 bytes.
import { checkPlayerId, checkStatus, checkText, checkTextField } from '../domain/check.js'
import { deviceIdBytes, deviceIdFromBytes } from '../domain/device-id.js'
import { invalid } from '../domain/errors.js'
import type { DriverEvent } from '../domain/events.js'
import { readDevice, type WireDevice, writeDevice } from './wire-listings.js'
import {
  ANY_LENGTH,
  mapOf,
  readState,
  readTimeline,
  type WireState,
  type WireTimeline,
  writeState,
  writeTimeline,
} from './wire-values.js'

export type WireEvent =
  | { readonly kind: 'registered'; readonly player_id: number; readonly self_id: string }
  | { readonly kind: 'unregistered'; readonly player_id: number }
  | {
      readonly kind: 'assigned' | 'unassigned'
      readonly player_id: number
      readonly device_id: Uint8Array
    }
  | { readonly kind: 'state_updated'; readonly player_id: number; readonly state: WireState }
  | { readonly kind: 'status_updated'; readonly player_id: number; readonly status: number }
  | {
      readonly kind: 'timeline_updated'
      readonly player_id: number
      readonly timeline: WireTimeline | null
    }
  | {
      readonly kind: 'text_updated'
      readonly player_id: number
      readonly metadata_id: number
      readonly text: string | null
    }
  | { readonly kind: 'preferred_changed'; readonly player_id: number | null }
  | { readonly kind: 'device_added'; readonly device: WireDevice }
  | { readonly kind: 'device_removed'; readonly device_id: Uint8Array }
  | { readonly kind: 'events_lost'; readonly lost: number }

export function writeEvent(event: DriverEvent): WireEvent {
  switch (event.kind) {
    case 'registered':
      return { kind: 'registered', player_id: event.player, self_id: event.selfId }
    case 'unregistered':
      return { kind: 'unregistered', player_id: event.player }
    case 'assigned':
    case 'unassigned': {
      const { kind, player, device } = event
      return { kind, player_id: player, device_id: deviceIdBytes(device) }
    }
    case 'state-updated':
      return { kind: 'state_updated', player_id: event.player, state: writeState(event.state) }
    case 'status-updated':
      return { kind: 'status_updated', player_id: event.player, status: event.status }
    case 'timeline-updated': {
      const timeline = writeTimeline(event.timeline)
      return { kind: 'timeline_updated', player_id: event.player, timeline }
    }
    case 'text-updated': {
      const { player, field, text } = event
      return { kind: 'text_updated', player_id: player, metadata_id: field, text }
    }
    case 'preferred-changed':
      return { kind: 'preferred_changed', player_id: event.preferred }
    case 'device-added':
      return { kind: 'device_added', device: writeDevice(event.device) }
    case 'device-removed':
      return { kind: 'device_removed', device_id: deviceIdBytes(event.device) }
    case 'events-lost':
      return { kind: 'events_lost', lost: event.lost }
  }
}

/**
 * Undefined for a kind that this program does not know: a driver of a newer minor version tells it.
 * Throws `invalid-argument` for one that it knows and cannot read.
 */
export function readEvent(value: unknown): DriverEvent | undefined {
  const map = mapOf(value, 'invalid event: expected map')
  const player = () => checkPlayerId(map.player_id)
  switch (map.kind) {
    case 'registered':
      return { kind: 'registered', player: player(), selfId: textOf(map.self_id, 'self_id') }
    case 'unregistered':
      return { kind: 'unregistered', player: player() }
    case 'assigned':
    case 'unassigned':
      return { kind: map.kind, player: player(), device: deviceIdFromBytes(map.device_id) }
    case 'state_updated':
      return { kind: 'state-updated', player: player(), state: readState(map.state, ANY_LENGTH) }
    case 'status_updated':
      return { kind: 'status-updated', player: player(), status: checkStatus(map.status) }
    case 'timeline_updated':
      return { kind: 'timeline-updated', player: player(), timeline: readTimeline(map.timeline) }
    case 'text_updated': {
      const field = checkTextField(map.metadata_id)
      return {
        kind: 'text-updated',
        player: player(),
        field,
        text: checkText(map.text, ANY_LENGTH),
      }
    }
    case 'preferred_changed':
      return { kind: 'preferred-changed', preferred: map.player_id === null ? null : player() }
    case 'device_added':
      return { kind: 'device-added', device: readDevice(map.device) }
    case 'device_removed':
      return { kind: 'device-removed', device: deviceIdFromBytes(map.device_id) }
    case 'events_lost':
      return { kind: 'events-lost', lost: Number(map.lost) || 0 }
    default:
      return undefined
  }
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalid(`invalid ${name}: must be string`)
  return value
}
