// The words of the player driver: players, devices, what a player plays and where it is in it.
// `null` always means "none", as nil does on the wire; a missing value is never meant.

/** From 1 to 2^32 - 1, given by the driver, never given twice. */
export type PlayerId = number

/** A uuid in lower case with hyphens. On the first generation's wire it is 16 bytes. */
export type DeviceId = `${string}-${string}-${string}-${string}-${string}`

export const Status = Object.freeze({
  Stopped: 0,
  Playing: 1,
  Paused: 2,
  Seeking: 3,
  Buffering: 4,
  Error: 5,
  /** What a player has until it tells. */
  Unknown: 15,
})
export type Status = (typeof Status)[keyof typeof Status]

/** Which text of a player. The queue's texts are about what plays next. */
export const TextField = Object.freeze({
  CurrentTitle: 0x01,
  CurrentAuthor: 0x02,
  CurrentAlbum: 0x03,
  CurrentGenre: 0x04,
  QueueTitle: 0x31,
  QueueAuthor: 0x32,
  QueueAlbum: 0x33,
  QueueGenre: 0x34,
})
export type TextField = (typeof TextField)[keyof typeof TextField]

/** Where a player was in its track at one moment: enough to know where it is at any other. */
export interface Timeline {
  readonly positionMs: number
  /** When `positionMs` was true: milliseconds of Unix time. */
  readonly updateUnixMs: number
  /** 0: not known, as with a radio station. */
  readonly durationMs: number
  /** Track seconds per second of time. 1 is normal speed. */
  readonly rate: number
}

export interface TrackTexts {
  readonly title: string | null
  readonly artist: string | null
  readonly album: string | null
  readonly genre: string | null
}

export interface PlayerState {
  readonly status: Status
  readonly timeline: Timeline | null
  readonly texts: TrackTexts
}

export const noTexts: TrackTexts = Object.freeze({
  title: null,
  artist: null,
  album: null,
  genre: null,
})

/** What a player has before its first update, and what a device shows when it has no player. */
export const emptyState: PlayerState = Object.freeze({
  status: Status.Unknown,
  timeline: null,
  texts: noTexts,
})

/** A player as a listing shows it. */
export interface PlayerInfo {
  readonly player: PlayerId
  /** What the player calls itself: 'mpv', 'demo'. */
  readonly selfId: string
  readonly state: PlayerState
  readonly assignedDevice: DeviceId | null
  readonly preferred: boolean
}

export interface DeviceInfo {
  readonly id: DeviceId
  readonly vendorId: number
  readonly productId: number
  readonly name: string | null
  readonly manufacturer: string | null
  readonly serialNumber: string | null
}

export interface ProtocolVersion {
  readonly major: number
  readonly minor: number
}

/** What this driver speaks. A client of another major is told so and sent away. */
export const PROTOCOL_VERSION: ProtocolVersion = Object.freeze({ major: 1, minor: 0 })
