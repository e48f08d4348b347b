// Apps as people read them: a table, times, sizes.

import type { Paint, Tone } from 'tieline/command'
import type { AppStatus } from '../src/domain/status.js'

const TONES: Readonly<Record<AppStatus['state'], Tone>> = {
  running: 'green',
  starting: 'yellow',
  stopped: 'dim',
  crashed: 'red',
  backoff_exhausted: 'red',
}

/** Instead of an empty table. */
export const NO_APPS = 'no apps yet; superctl start NAME -- COMMAND runs one'

const TITLES = ['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'CPU', 'MEMORY', 'HEALTH']

/** The lines of a table, cut to the width. */
export function appTable(apps: readonly AppStatus[], width: number, paint: Paint): string[] {
  const rows = apps.map((app) => [
    app.name,
    app.state === 'crashed' && app.restart_in_ms != null
      ? `crashed, again in ${duration(Math.ceil(app.restart_in_ms / 1000))}`
      : app.state,
    app.pid === null ? '-' : String(app.pid),
    app.uptime_seconds === null ? '-' : duration(app.uptime_seconds),
    String(app.restarts),
    app.cpu_percent == null ? '-' : `${app.cpu_percent.toFixed(1)}%`,
    app.memory_bytes == null ? '-' : size(app.memory_bytes),
    app.healthy == null ? '' : app.healthy ? 'ok' : 'failing',
  ])
  const filled = TITLES.map((_, column) => rows.some((row) => row[column] !== ''))
  const widths = TITLES.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  )
  const last = filled.lastIndexOf(true)
  const line = (cells: readonly string[], tone: (column: number) => Tone): string => {
    let room = width
    const parts: string[] = []
    for (const [column, cell] of cells.entries()) {
      if (!filled[column] || room <= 0) continue
      const wide = column === last ? cell : cell.padEnd(widths[column] as number)
      const padded = wide.slice(0, room)
      room -= padded.length + 2
      parts.push(paint(tone(column), padded))
    }
    return parts.join('  ')
  }
  return [
    line(TITLES, () => 'dim'),
    ...rows.map((row, index) =>
      line(row, (column) => (column === 1 ? TONES[(apps[index] as AppStatus).state] : 'plain')),
    ),
  ]
}

/** 75 s as '1m 15s'. */
export function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  if (days > 0) return `${days}d ${hours}h`
  if (hours > 0) return `${hours}h ${minutes}m`
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}

/** 3 MiB as '3.0 MiB'. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** What a status of one app says, a line for each thing. */
export function details(app: AppStatus, paint: Paint): string[] {
  const pairs: [string, string | null][] = [
    ['state', app.state],
    ['pid', app.pid === null ? null : String(app.pid)],
    ['uptime', app.uptime_seconds === null ? null : duration(app.uptime_seconds)],
    [
      'cpu',
      app.cpu_percent == null ? null : `${app.cpu_percent}%${most(app.max_cpu_percent, '%')}`,
    ],
    ['memory', memoryOf(app)],
    ['restarts', `${app.restarts}, policy ${app.restart_policy}`],
    ['next restart', app.restart_in_ms == null ? null : `in ${app.restart_in_ms} ms`],
    ['last exit code', app.last_exit_code === null ? null : String(app.last_exit_code)],
    ['healthy', app.healthy == null ? null : app.healthy ? 'yes' : 'no'],
    ['command', [app.command, ...app.args].map(quoted).join(' ')],
    ['directory', app.cwd],
    [
      'env',
      Object.entries(app.env)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || null,
    ],
    ['output', app.stdout_log ?? null],
    ['errors', app.stderr_log ?? null],
  ]
  const told = pairs.filter(([, text]) => text !== null) as [string, string][]
  return [
    paint('bold', app.name),
    ...told.map(([title, text]) => `  ${paint('dim', title.padEnd(14))}  ${text}`),
  ]
}

function memoryOf({ memory_bytes: bytes, max_memory: limit }: AppStatus): string | null {
  if (bytes == null) return null
  return limit === null ? size(bytes) : `${size(bytes)} of ${size(limit)}`
}

function most(limit: number | null, unit: string): string {
  return limit === null ? '' : ` of ${limit}${unit}`
}

/** As one would type it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
