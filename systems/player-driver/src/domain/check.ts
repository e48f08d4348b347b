// What each value must be, and the words when it is not. Every driver, in process or across a
// socket, refuses with these: the texts are those that the original's clients know.
import { parseDeviceId } from './device-id.js'
import { invalid, tooLong } from './errors.js'
import type { DriverLimits } from './limits.js'
import { statusCodes, textFieldCodes } from './names.js'
import type {
  DeviceId,
  PlayerId,
  PlayerState,
  Status,
  TextField,
  Timeline,
  TrackTexts,
} from './types.js'

const LARGEST_PLAYER_ID = 0xffff_ffff
const TEXT_KEYS = ['title', 'artist', 'album', 'genre'] as const

export function checkPlayerId(value: unknown): PlayerId {
  const id = plainNumber(value)
  if (!Number.isInteger(id)) throw invalid('invalid param: player_id must be integer')
  if (id === 0) throw invalid('invalid player_id: must be non-zero')
  // The original cuts the id to 32 bits and so answers for another player.
  if (id < 0 || id > LARGEST_PLAYER_ID) {
    throw invalid(`invalid player_id: must be from 1 to ${LARGEST_PLAYER_ID}`)
  }
  return id
}

export function checkDeviceId(value: unknown): DeviceId {
  return parseDeviceId(value)
}

export function checkSelfId(value: unknown, limits: DriverLimits): string {
  if (typeof value !== 'string') throw invalid('invalid param: self_id must be string')
  if (value.length > limits.selfIdChars) throw tooLong('self_id', value.length, limits.selfIdChars)
  return value
}

export function checkStatus(value: unknown): Status {
  const code = plainNumber(value)
  if (!Number.isInteger(code)) throw invalid('invalid FsctStatus: expected integer')
  if (!statusCodes.has(code)) throw invalid(`invalid status code: ${code}`)
  return code as Status
}

export function checkTextField(value: unknown): TextField {
  const code = plainNumber(value)
  if (!Number.isInteger(code)) throw invalid('invalid FsctTextMetadata: expected integer')
  if (!textFieldCodes.has(code)) throw invalid(`invalid text metadata id: ${code}`)
  return code as TextField
}

export function checkText(value: unknown, limits: DriverLimits, what = 'text'): string | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') throw invalid(`invalid ${what}: must be string or nil`)
  if (value.length > limits.textChars) throw tooLong(what, value.length, limits.textChars)
  return value
}

export function checkTimeline(value: unknown): Timeline | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object') throw invalid('invalid TimelineInfo: expected map or nil')
  const timeline = value as Partial<Record<keyof Timeline, unknown>>
  const rate = timeline.rate
  if (rate === undefined) throw invalid('timeline missing rate')
  if (typeof rate !== 'number' || !Number.isFinite(rate)) {
    throw invalid('invalid timeline rate: must be a finite number')
  }
  return {
    positionMs: milliseconds(timeline.positionMs, 'position_ms', 0),
    updateUnixMs: milliseconds(timeline.updateUnixMs, 'update_unix_ms', Number.MIN_SAFE_INTEGER),
    durationMs: milliseconds(timeline.durationMs, 'duration_ms', 0),
    rate,
  }
}

export function checkTexts(value: unknown, limits: DriverLimits): TrackTexts {
  if (typeof value !== 'object' || value === null) throw invalid('invalid texts: texts must be map')
  const texts = value as Partial<Record<keyof TrackTexts, unknown>>
  const [title, artist, album, genre] = TEXT_KEYS.map((key) => checkText(texts[key], limits, key))
  return { title, artist, album, genre } as TrackTexts
}

export function checkState(value: unknown, limits: DriverLimits): PlayerState {
  if (typeof value !== 'object' || value === null)
    throw invalid('invalid PlayerState: expected map')
  const state = value as Partial<Record<keyof PlayerState, unknown>>
  return {
    status: checkStatus(state.status),
    timeline: checkTimeline(state.timeline),
    texts: checkTexts(state.texts, limits),
  }
}

function milliseconds(value: unknown, name: string, least: number): number {
  if (value === undefined) throw invalid(`timeline missing ${name}`)
  const ms = plainNumber(value)
  if (!Number.isSafeInteger(ms) || ms < least) {
    throw invalid(
      `invalid timeline ${name}: must be an integer from ${least} to ${Number.MAX_SAFE_INTEGER}`,
    )
  }
  return ms
}

/** A 64-bit integer may come as a bigint. Past 2^53 it turns inexact here and is refused by its check. */
function plainNumber(value: unknown): number {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? value : Number.NaN
}
