// A mailbox's file as text: a pretty-printed JSON array of messages, read entry by entry, so that a
// torn or foreign one costs nobody else anything, and an entry that is kept keeps its exact text.
import { defaultLimits } from '../../limits.js'
import { withoutProto } from './proto.js'

/** One message in a mailbox's file, as the file has it. */
export interface MailboxMessage {
  /** Unique; a UUID. */
  readonly id: string
  /** Milliseconds since 1970. The writer makes them grow within one file, whatever its clock does. */
  readonly timestamp: number
  readonly type: 'request' | 'response' | 'event'
  readonly reply_to?: string | null
  readonly method?: string | null
  readonly payload: unknown
  readonly error?: string | null
}

/** A message that is to be sent: the writer adds what is missing. */
export type NewMessage = Omit<MailboxMessage, 'id' | 'timestamp'> & { readonly id?: string }

/** An entry of a file that was read. */
export interface Entry {
  readonly message: MailboxMessage
  /** As it is in the file, without the white space around it. */
  readonly text: string
}

/** A piece of a file that is no entry. */
export interface BadPiece {
  readonly text: string
  /** Why, in a few words. */
  readonly reason: string
}

export interface FileContent {
  readonly entries: readonly Entry[]
  readonly bad: readonly BadPiece[]
  /** The file ends in the middle: its writer is at it, or died. */
  readonly torn: boolean
}

const TYPES = new Set<unknown>(['request', 'response', 'event'])
/** Where the next entry begins in a file as everyone writes it: no text inside a value looks like this. */
const NEXT_ENTRY = '\n  {'

/** Reads a file. Never throws: what cannot be read is told in `bad`. */
export function parseFile(text: string): FileContent {
  const entries: Entry[] = []
  const bad: BadPiece[] = []
  const refuse = (piece: string, reason: string): void => {
    if (piece.trim() !== '') bad.push({ text: piece.trim(), reason })
  }
  let at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  let torn = false
  if (at === text.length) return { entries, bad, torn }
  if (text[at] === '[') at += 1
  else at = resync(text, at, (piece) => refuse(piece, 'not a JSON array'))
  for (;;) {
    at = skipSpace(text, at, true)
    if (at >= text.length) {
      torn = true
      break
    }
    if (text[at] === ']') {
      const rest = skipSpace(text, at + 1)
      refuse(text.slice(rest), 'text after the array')
      break
    }
    const { end, depth } = extent(text, at)
    const piece = end < 0 ? '' : text.slice(at, end)
    const read = end < 0 ? 'the file ends inside an entry' : readEntry(piece, depth)
    if (typeof read !== 'string') {
      entries.push(read)
      at = end
    } else if (end >= 0 && read !== NOT_JSON) {
      refuse(piece, read)
      at = end
    } else {
      // Brackets or quotes do not match: look for the next one by its place on the line.
      at = resync(text, at, (broken) => refuse(broken.replace(/,\s*$/, ''), read))
    }
  }
  return { entries, bad, torn }
}

function resync(text: string, at: number, refuse: (piece: string) => void): number {
  const next = text.indexOf(NEXT_ENTRY, at + 1)
  const end = next < 0 ? text.length : next
  refuse(text.slice(at, end))
  return end
}

function skipSpace(text: string, from: number, commas = false): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    // Space, line feed, carriage return, tab; NaN at the end.
    const space = code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
    if (!space && !(commas && code === 0x2c)) return at
  }
}

/** Where the value that begins at `at` ends (-1 when the text ends first), and how deep it goes. */
function extent(text: string, at: number): { end: number; depth: number } {
  let depth = 0
  let deepest = 0
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22) {
      i = endOfString(text, i)
      if (i < 0) break
    } else if ((code | 0x20) === 0x7b) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if ((code | 0x20) === 0x7d) {
      if (depth === 0) return { end: i, depth: deepest }
      depth -= 1
      if (depth === 0) return { end: i + 1, depth: deepest }
    } else if (code === 0x2c && depth === 0) {
      return { end: i, depth: deepest }
    }
  }
  return { end: -1, depth: deepest }
}

function endOfString(text: string, at: number): number {
  for (let i = text.indexOf('"', at + 1); i >= 0; i = text.indexOf('"', i + 1)) {
    let slashes = 0
    while (text.charCodeAt(i - 1 - slashes) === 0x5c) slashes += 1
    if (slashes % 2 === 0) return i
  }
  return -1
}

const NOT_JSON = 'not JSON'

/** The entry, or why it is none. */
function readEntry(text: string, depth: number): Entry | string {
  if (depth > defaultLimits.depth) return `nested deeper than ${defaultLimits.depth}`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return NOT_JSON
  }
  const fault = messageFault(value)
  if (fault !== undefined) return fault
  return { message: withoutProto(text, value) as MailboxMessage, text }
}

/** Why a value is not a message; undefined when it is one. */
export function messageFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object'
  const { id, timestamp, type, reply_to, method, error } = value as Record<string, unknown>
  if (typeof id !== 'string' || id === '') return 'without an id'
  if (!Number.isSafeInteger(timestamp)) return 'without a whole-number timestamp'
  if (!TYPES.has(type)) return 'of an unknown type'
  if (!Object.hasOwn(value, 'payload')) return 'without a payload'
  for (const [name, field] of Object.entries({ reply_to, method, error })) {
    if (field != null && typeof field !== 'string') return `with a ${name} that is not a text`
  }
  return undefined
}

/** A whole file of entries. */
export function fileText(texts: readonly string[]): string {
  return texts.length === 0 ? '[]' : `[\n  ${texts.join(',\n  ')}\n]`
}
