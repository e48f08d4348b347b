// What moves in the scene: where it is, where it goes, and how each kind likes to move.

/** The order is the number under which a kind travels in a frame: add at the end only. */
export const KINDS = ['drifter', 'orbiter', 'flocker'] as const
export type Kind = (typeof KINDS)[number]

/** Distances in units (a pixel of a page that shows the stage at its own size), times in seconds. */
export interface Entity {
  readonly id: number
  readonly kind: Kind
  /** Half its width. */
  readonly size: number
  readonly bornAt: number
  x: number
  y: number
  vx: number
  vy: number
  /** Where it points, in radians. Kept when it stands still. */
  heading: number
  travelled: number
  bounces: number
  /** In somebody's hand: the simulation leaves it alone. */
  held: boolean
}

export interface Habit {
  /** Units a second that it comes back to, however hard it was thrown. */
  readonly cruise: number
  readonly smallest: number
  readonly largest: number
}

export const HABITS: Readonly<Record<Kind, Habit>> = {
  drifter: { cruise: 46, smallest: 9, largest: 17 },
  orbiter: { cruise: 84, smallest: 7, largest: 12 },
  flocker: { cruise: 96, smallest: 7, largest: 9 },
}

export function isKind(value: unknown): value is Kind {
  return KINDS.includes(value as Kind)
}
