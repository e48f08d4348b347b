// The terminal display as lines of text: a pure function of what is shown and how wide the terminal
// is. Each line is exactly as wide as asked, so that redrawing is writing over.
import type { Shown } from '../devices/virtual-display.js'
import { statusName } from '../domain/names.js'
import { Status } from '../domain/types.js'
import {
  asciiSymbols,
  type Style,
  type Symbols,
  statusStyles,
  styled,
  unicodeSymbols,
} from './symbols.js'
import { clean, columns, fit, padded, toAscii } from './text.js'

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width: number
  /** Rows to draw in; with too few there is no frame. */
  readonly height?: number
  readonly colour: boolean
  readonly unicode: boolean
  /** The display's own name, in its frame. */
  readonly name: string
}

/** Columns from which there is a frame. 28: a frame and its margins take 6, a time and a bar the rest. */
const FRAMED_FROM = 28
/** Columns of the widest frame. 100: on a wider bar the eye finds no place. */
const WIDEST = 100
/** A frame's two borders and two columns of margin on each side. */
const FRAME_COLUMNS = 6

/** Rows of the framed form. */
const FRAMED_ROWS = 9

interface Pen {
  readonly symbols: Symbols
  readonly colour: boolean
  readonly unicode: boolean
}

export function render(shown: Shown, options: RenderOptions): string[] {
  const { colour, unicode } = options
  const pen: Pen = { symbols: unicode ? unicodeSymbols : asciiSymbols, colour, unicode }
  const width = Math.max(1, Math.floor(options.width))
  if (width < FRAMED_FROM || (options.height ?? FRAMED_ROWS) < FRAMED_ROWS)
    return compact(shown, pen, width)
  const outer = Math.min(width, WIDEST)
  const inner = outer - FRAME_COLUMNS
  const blank = ' '.repeat(inner)
  const { symbols } = pen
  const body = [
    blank,
    ...track(shown, pen, inner),
    blank,
    course(shown, pen, inner),
    upNext(shown, pen, inner),
  ]
  const side = faint(symbols.down, pen)
  const rest = ' '.repeat(width - outer)
  return [
    topEdge(shown, pen, options.name, outer) + rest,
    ...body.map((line) => `${side}  ${line}  ${side}${rest}`),
    faint(symbols.bottomLeft + symbols.across.repeat(outer - 2) + symbols.bottomRight, pen) + rest,
  ]
}

/**
 * Milliseconds until `render` would give something else though nothing was sent; undefined when it
 * would not: the next second of the track, or the next half cell of the bar.
 */
export function nextChange(shown: Shown, width: number): number | undefined {
  const { positionMs, durationMs, rate } = shown
  if (positionMs === null || rate === 0) return undefined
  if (rate > 0 && durationMs !== null && positionMs >= durationMs) return undefined
  if (rate < 0 && positionMs <= 0) return undefined
  const borders = [bordersAround(positionMs, 1000, 1)]
  if (durationMs !== null) {
    borders.push(bordersAround(positionMs, durationMs, 2 * barCells(shown, width)))
  }
  // Forwards, the change comes on reaching a border; backwards, on being below one.
  const aways = borders.map(([below, above]) =>
    rate > 0
      ? Math.ceil((above - positionMs) / rate)
      : Math.floor((positionMs - below) / -rate) + 1,
  )
  return Math.max(1, Math.min(...aways))
}

/** The nearest of the borders that cut each `length` into equal parts: at or below, and above. */
function bordersAround(position: number, length: number, parts: number): [number, number] {
  const part = partsBefore(position, length, parts)
  return [(part * length) / parts, ((part + 1) * length) / parts]
}

function partsBefore(position: number, length: number, parts: number): number {
  return Math.floor((position * parts) / length)
}

/** '4:05', '1:02:03'. */
export function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const tail = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

function topEdge(shown: Shown, pen: Pen, name: string, outer: number): string {
  const { symbols } = pen
  const status = statusText(shown, pen)
  // Two corners, an across at each end, a space on both sides of the two texts.
  const room = outer - 8 - columns(status)
  const title = fit(own(name, pen), Math.max(0, room - 1), symbols.more)
  const line = symbols.across.repeat(Math.max(0, room - columns(title)))
  return [
    faint(`${symbols.topLeft}${symbols.across} ${title} ${line}`, pen),
    ' ',
    styled(status, statusStyles[shown.status], pen.colour),
    faint(` ${symbols.across}${symbols.topRight}`, pen),
  ].join('')
}

/** Three lines: title, artist, album and genre. */
function track(shown: Shown, pen: Pen, width: number): string[] {
  const { title, artist, album, genre } = shown.texts
  if (isEmpty(shown)) {
    return [line('Nothing is playing', pen, width, 'faint'), ' '.repeat(width), ' '.repeat(width)]
  }
  return [
    line(title ?? 'No title', pen, width, title === null ? 'faint' : 'bold'),
    line(artist ?? '', pen, width),
    line(listed([album, genre], pen), pen, width, 'faint'),
  ]
}

/** Elapsed, bar, duration. Blank when the player told no time. */
function course(shown: Shown, pen: Pen, width: number): string {
  const { positionMs } = shown
  if (positionMs === null) return ' '.repeat(width)
  const [elapsed, duration] = times(shown, positionMs)
  return `${elapsed} ${bar(shown, pen, width - elapsed.length - duration.length - 2)} ${duration}`
}

/** Both as wide as the wider one, so that the bar stays where it is. */
function times(shown: Shown, positionMs: number): [string, string] {
  const duration = shown.durationMs === null ? '--:--' : timeText(shown.durationMs)
  const elapsed = timeText(positionMs)
  const width = Math.max(elapsed.length, duration.length)
  return [elapsed.padStart(width), duration.padEnd(width)]
}

function bar(shown: Shown, pen: Pen, cells: number): string {
  const { symbols } = pen
  const { positionMs, durationMs } = shown
  const told = positionMs !== null && durationMs !== null
  const halves = told ? Math.min(2 * cells, partsBefore(positionMs, durationMs, 2 * cells)) : 0
  const done = symbols.done.repeat(halves >> 1) + (halves % 2 === 1 ? symbols.half : '')
  const left = symbols.left.repeat(cells - Math.ceil(halves / 2))
  return styled(done, shown.rate === 0 ? 'yellow' : 'cyan', pen.colour) + faint(left, pen)
}

/** How many cells the bar has in a terminal of that width; see `render`. */
function barCells(shown: Shown, width: number): number {
  const [elapsed, duration] = times(shown, shown.positionMs ?? 0)
  const inner = Math.min(Math.floor(width), WIDEST) - FRAME_COLUMNS
  return Math.max(1, inner - elapsed.length - duration.length - 2)
}

function upNext(shown: Shown, pen: Pen, width: number): string {
  const { title, artist } = shown.queue
  if (title === null && artist === null) return ' '.repeat(width)
  return line(`next: ${listed([title, artist], pen)}`, pen, width, 'faint')
}

/** Three lines without a frame, for very narrow terminals. */
function compact(shown: Shown, pen: Pen, width: number): string[] {
  const { title, artist } = shown.texts
  const time =
    shown.positionMs === null ? '' : ` ${times(shown, shown.positionMs).join('/').trim()}`
  return [
    line(title ?? (isEmpty(shown) ? 'Nothing is playing' : 'No title'), pen, width, 'bold'),
    line(artist ?? '', pen, width),
    padded(pen.symbols.status[shown.status] + time, width, ''),
  ]
}

function statusText(shown: Shown, pen: Pen): string {
  const { symbols } = pen
  if (isIdle(shown)) return `${symbols.status[shown.status]} idle`
  const unusual = shown.rate !== 0 && shown.rate !== 1
  const speed = unusual ? ` ${symbols.times}${Number(shown.rate.toFixed(2))}` : ''
  return `${symbols.status[shown.status]} ${statusName(shown.status)}${speed}`
}

function line(text: string, pen: Pen, width: number, style?: Style): string {
  const filled = padded(own(text, pen), width, pen.symbols.more)
  return style ? styled(filled, style, pen.colour) : filled
}

function listed(parts: readonly (string | null)[], pen: Pen): string {
  const told = parts.filter((part) => part !== null && part !== '')
  return told.join(` ${pen.symbols.between} `)
}

/** A stranger's text as this terminal can show it. */
function own(text: string, pen: Pen): string {
  const harmless = clean(text)
  return pen.unicode ? harmless : toAscii(harmless)
}

function faint(text: string, pen: Pen): string {
  return styled(text, 'faint', pen.colour)
}

/** Nothing to say about a track. */
function isEmpty({ texts, positionMs }: Shown): boolean {
  const { title, artist, album, genre } = texts
  return (
    positionMs === null && title === null && artist === null && album === null && genre === null
  )
}

/** As it is before the first player, and after the last. */
function isIdle(shown: Shown): boolean {
  return shown.status === Status.Unknown && isEmpty(shown)
}

/** For a display that tells its state in words, one line per change. */
export function oneLine(shown: Shown): string {
  const { title, artist } = shown.texts
  const what = [title, artist].filter((text) => text !== null).map(clean)
  const time = shown.positionMs === null ? [] : [times(shown, shown.positionMs).join('/').trim()]
  return isIdle(shown)
    ? 'nothing is playing'
    : [statusName(shown.status), ...what, ...time].join('  ')
}
