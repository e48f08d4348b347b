// The bounds of what one driver keeps for its clients, so that none of them can fill its memory.

export interface DriverLimits {
  /** Players of one connection. 1,024: a user has a handful, our load test has 200. */
  readonly playersPerSession: number
  /** UTF-16 units of one title, artist, album or genre. 4,096: longer than any device can show. */
  readonly textChars: number
  /** UTF-16 units of what a player calls itself. 256: a program's name or a bus name. */
  readonly selfIdChars: number
  /** Event streams of one connection. 16: a program needs one, each costs a queue. */
  readonly streamsPerSession: number
  /**
   * Events that wait for one slow reader, not counting updates that newer ones replace. 1,024: some
   * seconds of many players coming and going.
   */
  readonly queuedEvents: number
  /** Devices attached at once. 256: more than the ports of one machine. */
  readonly devices: number
  /** Devices that one connection attaches. 16: a program has one or two displays. */
  readonly devicesPerSession: number
}

export const defaultDriverLimits: DriverLimits = Object.freeze({
  playersPerSession: 1024,
  textChars: 4096,
  selfIdChars: 256,
  streamsPerSession: 16,
  queuedEvents: 1024,
  devices: 256,
  devicesPerSession: 16,
})
