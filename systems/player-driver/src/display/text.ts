// Texts of strangers on a terminal: nothing in a song's title may move the cursor, change a colour or
// the window's title, or take more room than it was given.
import stringWidth from 'string-width'

/**
 * Whole escape sequences, so that no harmless-looking rest of one stays: strings that run to their
 * terminator (OSC, DCS, SOS, PM, APC), control sequences (CSI), and the short ones. Their
 * one-character forms are only taken out as controls: text in a wrong encoding is full of them.
 */
const [ESC, BEL, ST] = ['\x1b', '\x07', '\x9c']
const ESCAPES = new RegExp(
  [
    `${ESC}[\\]PX^_][^${BEL}${ESC}${ST}]*(?:${BEL}|${ESC}\\\\|${ST})?`,
    `${ESC}\\[[0-?]*[ -/]*[@-~]?`,
    `${ESC}[ -/]*[0-~]?`,
  ].join('|'),
  'g',
)

/** White space of any kind, line ends too: one space. */
const SPACE = /[\s\x85]+/g

/**
 * What takes no room and has no place in a title: controls, marks that turn the writing direction
 * (they would turn the rest of the line), soft hyphens, halves of surrogate pairs. Zero-width joiners
 * stay: emoji and several scripts need them.
 */
const UNWANTED =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

/**
 * Code points of one character on the screen. 12: the longest emoji family has 7, a region's flag 7,
 * and a tower of a hundred accents would grow over the lines above.
 */
const CLUSTER_CODE_POINTS = 12

const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The text on one line, harmless. */
export function clean(text: string): string {
  // Twice: what is taken out may have stood between two spaces.
  const plain = text.replace(ESCAPES, '').replace(SPACE, ' ').replace(UNWANTED, '')
  return plain.replace(SPACE, ' ').trim()
}

/** The nearest text in ASCII: accents go, what has no counterpart becomes a question mark. */
export function toAscii(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '')
  let ascii = ''
  for (const { segment } of clusters.segment(plain)) {
    ascii += ASCII_FORMS.get(segment) ?? (/^[ -~]+$/.test(segment) ? segment : '?')
  }
  return ascii
}

const ASCII_FORMS = new Map([
  ['\u2018', "'"],
  ['\u2019', "'"],
  ['\u201c', '"'],
  ['\u201d', '"'],
  ['\u2010', '-'],
  ['\u2013', '-'],
  ['\u2014', '-'],
  ['\u2026', '...'],
  ['\u00b7', '-'],
  ['\u2044', '/'],
  ['\u00df', 'ss'],
  ['\u00d8', 'O'],
  ['\u00f8', 'o'],
  ['\u0141', 'L'],
  ['\u0142', 'l'],
  ['\u00e6', 'ae'],
  ['\u00c6', 'AE'],
])

/** Columns that a text takes on the screen. */
export function columns(text: string): number {
  return stringWidth(text)
}

/** As much of a clean text as fits, with `more` at the end when something is cut. Never cuts a character. */
export function fit(text: string, width: number, more: string): string {
  let whole = ''
  let used = 0
  // Where to cut if it turns out not to fit: there must be room for `more`.
  let cut = ''
  const room = width - columns(more)
  for (const { segment } of clusters.segment(text)) {
    const cluster = shortened(segment)
    used += columns(cluster)
    if (used > width) return room < 0 ? '' : cut.trimEnd() + more
    whole += cluster
    if (used <= room) cut = whole
  }
  return whole
}

/** The text, cut or filled with spaces to exactly `width` columns. */
export function padded(text: string, width: number, more: string): string {
  const fitting = fit(text, width, more)
  return fitting + ' '.repeat(Math.max(0, width - columns(fitting)))
}

function shortened(cluster: string): string {
  if (cluster.length <= CLUSTER_CODE_POINTS) return cluster
  return [...cluster].slice(0, CLUSTER_CODE_POINTS).join('')
}
