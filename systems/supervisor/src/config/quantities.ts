// Times and sizes as people and other programs write them.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** The longest time that can be meant. A week in ms: timers take 24 days at most. */
const LONGEST_MS = 7 * 24 * 3_600_000

/**
 * Milliseconds of `{secs, nanos}` (as the original writes them), of a number of seconds, or of a text
 * such as '500ms', '10s', '2m', '1h'. Undefined for anything else.
 */
export function millisecondsOf(value: unknown): number | undefined {
  const ms = readTime(value)
  return ms !== undefined && ms >= 0 && ms <= LONGEST_MS ? ms : undefined
}

function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return value * 1000
  if (typeof value === 'string') {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value)
    return match ? Number(match[1]) * (UNITS_MS[match[2] as string] as number) : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { secs, nanos = 0, ...others } = value as { secs?: unknown; nanos?: unknown }
  if (typeof secs !== 'number' || typeof nanos !== 'number') return undefined
  return Object.keys(others).length > 0 ? undefined : secs * 1000 + nanos / 1e6
}

const UNITS_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
}

/** Bytes of a number, or of a text such as '512K', '100M', '1.5G', '64MiB'. Undefined for anything else. */
export function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(value)
  if (match === null) return undefined
  const unit = UNITS_BYTES[(match[2] as string).toLowerCase()] as number
  const bytes = Math.floor(Number(match[1]) * unit)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}
