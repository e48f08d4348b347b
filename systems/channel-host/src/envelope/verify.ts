// Whether bytes are what the schema says, before any field of them is read: every offset, table and
// length lies inside the buffer. Linear, without recursion, and it allocates nothing.
import { isUtf8 } from 'node:buffer'
import { TielineError } from 'tieline'
import {
  BODY,
  BODY_NAMES,
  type BodyName,
  ENVELOPE,
  type Field,
  IDENTIFIER,
  type Table,
} from './layout.js'

/** Bytes of one string. 8 KiB: the longest are URLs, which servers bound at about that. */
export const TEXT_BYTES = 8 * 1024

/** Bytes that a field takes in its table. */
const SIZE: Readonly<Record<Field, 1 | 2 | 4>> = {
  u8: 1,
  bool: 1,
  u16: 2,
  struct16: 2,
  u32: 4,
  string: 4,
  bytes: 4,
}

/** The bytes looked at: from `start` to `end`, as a buffer of their own. */
interface View {
  readonly bytes: Uint8Array
  readonly start: number
  readonly size: number
}

/** A table whose vtable and extent have been checked. Positions count from the view's start. */
interface Checked {
  readonly at: number
  readonly size: number
  readonly vtable: number
  readonly vtableSize: number
}

/**
 * Checks an envelope in bytes[start..end) and says what is in it; undefined: something newer than
 * this schema, of which nothing was checked and nothing may be read. Throws `malformed`, or
 * `too-large` for a string past TEXT_BYTES.
 */
export function verifyEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
): BodyName | undefined {
  const view = { bytes, start, size: end - start }
  // The root's offset, the identifier, and the least that a table and its vtable take.
  if (view.size < 16) throw bad(`${view.size} bytes are no envelope`)
  for (let i = 0; i < 4; i++) {
    if (bytes[start + 4 + i] !== IDENTIFIER[i]) throw bad('the identifier is not TCH1')
  }
  const envelope = tableAt(view, target(view, 0))
  const type = inTable(view, envelope, ENVELOPE.type, 1)
  const body = inTable(view, envelope, ENVELOPE.body, 4)
  if (type === 0 || body === 0) throw bad('the envelope is empty')
  const number = bytes[start + type] as number
  if (number === 0) throw bad('the envelope says that it is empty')
  const name = BODY_NAMES[number - 1]
  if (name !== undefined) verifyFields(view, target(view, body), BODY[name])
  return name
}

/** Checks a table that stands alone, without an identifier, as the original's do. Throws as above. */
export function verifyTable(bytes: Uint8Array, name: BodyName): void {
  const view = { bytes, start: 0, size: bytes.length }
  if (view.size < 8) throw bad(`${view.size} bytes are no table`)
  verifyFields(view, target(view, 0), BODY[name])
}

function verifyFields(view: View, at: number, fields: Table): void {
  const table = tableAt(view, at)
  for (let number = 0; number < fields.length; number++) {
    const kind = fields[number] as Field
    const field = inTable(view, table, number, SIZE[kind])
    if (field === 0) continue
    if (kind === 'string') verifyString(view, field)
    else if (kind === 'bytes') verifyVector(view, field)
  }
}

function tableAt(view: View, at: number): Checked {
  if (at % 4 !== 0 || at + 4 > view.size) throw bad('a table lies outside')
  // Signed: the vtable lies on either side.
  const vtable = at - (u32(view, at) | 0)
  if (vtable % 2 !== 0 || vtable < 0 || vtable + 4 > view.size) throw bad('a vtable lies outside')
  const vtableSize = u16(view, vtable)
  if (vtableSize < 4 || vtableSize % 2 !== 0 || vtable + vtableSize > view.size) {
    throw bad(`a vtable has a size of ${vtableSize}`)
  }
  const size = u16(view, vtable + 2)
  if (size < 4 || at + size > view.size) throw bad(`a table has a size of ${size}`)
  return { at, size, vtable, vtableSize }
}

/** Where a field of `bytes` bytes lies; 0: it is not there. */
function inTable(view: View, table: Checked, number: number, bytes: 1 | 2 | 4): number {
  const entry = 4 + 2 * number
  if (entry >= table.vtableSize) return 0
  const offset = u16(view, table.vtable + entry)
  if (offset === 0) return 0
  if (offset < 4 || offset + bytes > table.size) throw bad('a field lies outside its table')
  const at = table.at + offset
  if (at % bytes !== 0) throw bad('a field is not aligned')
  return at
}

function verifyVector(view: View, field: number): number {
  const at = target(view, field)
  if (at % 4 !== 0) throw bad('a length is not aligned')
  const length = u32(view, at)
  if (at + 4 + length > view.size) throw bad(`a length of ${length} leads outside`)
  return at
}

function verifyString(view: View, field: number): void {
  const at = verifyVector(view, field) + 4
  const length = u32(view, at - 4)
  if (length > TEXT_BYTES) {
    const message = `a text of ${length} bytes came; the limit is ${TEXT_BYTES}`
    throw new TielineError('too-large', message, { origin: 'protocol' })
  }
  const { bytes, start, size } = view
  const end = at + length
  if (end >= size || bytes[start + end] !== 0) throw bad('a text does not end with a zero')
  if (!isUtf8(bytes.subarray(start + at, start + end))) throw bad('a text is not UTF-8')
}

/** Where the offset at `at` leads; four bytes can be read there. */
function target(view: View, at: number): number {
  const offset = u32(view, at)
  const to = at + offset
  if (offset === 0 || to + 4 > view.size) throw bad(`an offset of ${offset} leads outside`)
  return to
}

function u16({ bytes, start }: View, at: number): number {
  const i = start + at
  return (bytes[i] as number) | ((bytes[i + 1] as number) << 8)
}

function u32(view: View, at: number): number {
  return (u16(view, at) | (u16(view, at + 2) << 16)) >>> 0
}

function bad(what: string): TielineError {
  return new TielineError('malformed', `cannot read a FlatBuffer: ${what}`, { origin: 'protocol' })
}
