// Numbers as a person reads them.

/** 83 → 1:23. Seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export function mebibytes(bytes: number | null): string {
  return bytes === null ? '–' : `${Math.round(bytes / 2 ** 20)} MB`
}

export function percent(value: number | null): string {
  if (value === null) return '–'
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`
}

/** How long: 42 s, 3 min, 2 h. */
export function span(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 60) return `${Math.floor(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}

export function milliseconds(value: number | null | undefined): string {
  if (value == null) return '–'
  if (value < 1000) return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ms`
  return `${(value / 1000).toFixed(1)} s`
}

export function count(value: number): string {
  return value.toLocaleString('en')
}
