// Figures as people read them.

const UNITS = ['B', 'KB', 'MB', 'GB'] as const

/** 1,000 bytes to a KB, with three digits at most. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${short(value, unit === 0 ? 0 : 1)} ${UNITS[unit]}`
}

/** Digits after the point only while the number is below a hundred. */
export function short(value: number, digits = 1): string {
  return value.toFixed(value < 99.95 ? digits : 0)
}

export function size(width: number, height: number): string {
  return `${Math.round(width)} × ${Math.round(height)}`
}

/** 75 → `1:15`. */
export function minutes(seconds: number): string {
  const whole = Math.floor(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** Radians as whole degrees from 0 to 359. */
export function degrees(radians: number): string {
  const turned = Math.round((radians * 180) / Math.PI) % 360
  return `${(turned + 360) % 360}°`
}

export function waiting(milliseconds: number): string {
  return milliseconds < 950 ? 'a moment' : `${Math.round(milliseconds / 1000)} s`
}
