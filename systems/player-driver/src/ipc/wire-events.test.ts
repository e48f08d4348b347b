import { expect, it } from 'vitest'
import { deviceIdBytes } from '../domain/device-id.js'
import type { DriverEvent } from '../domain/events.js'
import { emptyState } from '../domain/types.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { readEvent, writeEvent } from './wire-events.js'

const { info } = new RecordingDevice('1')
const player = 7
const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1.5 }

const events: DriverEvent[] = [
  { kind: 'registered', player, selfId: 'mpv' },
  { kind: 'unregistered', player },
  { kind: 'assigned', player, device: info.id },
  { kind: 'unassigned', player, device: info.id },
  { kind: 'state-updated', player, state: { ...emptyState, timeline } },
  { kind: 'status-updated', player, status: 1 },
  { kind: 'timeline-updated', player, timeline },
  { kind: 'timeline-updated', player, timeline: null },
  { kind: 'text-updated', player, field: 0x31, text: 'x'.repeat(10_000) },
  { kind: 'text-updated', player, field: 1, text: null },
  { kind: 'preferred-changed', preferred: player },
  { kind: 'preferred-changed', preferred: null },
  { kind: 'device-added', device: info },
  { kind: 'device-removed', device: info.id },
  { kind: 'events-lost', lost: 12 },
]

it.each(events.map((event) => [event.kind, event] as const))(
  'carries %s there and back',
  (_, event) => {
    expect(readEvent(writeEvent(event))).toEqual(event)
  },
)

it('writes snake_case names and uuids as bytes', () => {
  expect(writeEvent({ kind: 'assigned', player, device: info.id })).toEqual({
    kind: 'assigned',
    player_id: 7,
    device_id: deviceIdBytes(info.id),
  })
})

it('passes over a kind that it does not know: a newer driver tells it', () => {
  expect(readEvent({ kind: 'volume_updated', player_id: 7, volume: 0.5 })).toBeUndefined()
})

it.each([
  ['no map', 7, 'invalid event: expected map'],
  ['no player', { kind: 'unregistered' }, 'invalid param: player_id must be integer'],
  ['a name that is none', { kind: 'registered', player_id: 1 }, 'invalid self_id: must be string'],
  ['a device that is none', { kind: 'device_added' }, 'invalid device: expected map'],
  [
    'a status that is none',
    { kind: 'status_updated', player_id: 1, status: 99 },
    'invalid status code: 99',
  ],
])('refuses %s', (_, event, message) => {
  expect(() => readEvent(event)).toThrow(message)
})
