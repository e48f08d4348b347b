// Figures as people read them.

const NONE = '–'

export function whole(value: number | undefined): string {
  return value === undefined ? NONE : Math.round(value).toLocaleString('en')
}

/** Three digits that mean something. */
export function short(value: number | undefined): string {
  if (value === undefined) return NONE
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return NONE
  if (value < 1) return `${Math.round(value * 1000)} µs`
  return value >= 1000 ? `${short(value / 1000)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

export function percent(part: number): string {
  return `${part > 0 && part < 0.1 ? (part * 100).toFixed(1) : Math.round(part * 100)} %`
}

export function gibibytes(bytes: number): string {
  const value = bytes / 2 ** 30
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} GiB`
}

/** How long something has been there. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB')
}
