// Values for people: JSON laid out to fit the width, with short forms for what JSON does not have.
import { isExtension } from '../src/codec/msgpack/extension.js'
import type { Paint, Tone } from '../src/command/terminal.js'
import { columnsOf, harmless } from '../src/command/text.js'

export interface ShowOptions {
  /** Columns. */
  readonly width: number
  readonly paint: Paint
}

/** Bytes of a binary value that are shown. 32: a hash, a key or a uuid is shown whole. */
const SHOWN_BYTES = 32
const INDENT = 2

/** A text as it is, anything else as JSON on one line where that fits, else on several. */
export function show(value: unknown, options: ShowOptions): string {
  return typeof value === 'string' ? harmless(value) : laidOut(value, 0, 0, options)
}

/** `used`: columns of the first line that are taken already. */
function laidOut(value: unknown, indent: number, used: number, options: ShowOptions): string {
  const line = new Line(options.width - indent - used, options.paint)
  // A scalar is written whole, however long.
  if (write(value, line) || !isNested(value)) return line.text
  const { paint } = options
  const inner = indent + INDENT
  const parts = partsOf(value).map(([name, entry]) => {
    const head = new Line(Number.POSITIVE_INFINITY, paint)
    writeName(name, head)
    // One column is for the comma.
    return `${' '.repeat(inner)}${head.text}${laidOut(entry, inner, head.length + 1, options)}`
  })
  const [open, close] = brackets(value)
  const comma = paint('dim', ',')
  return `${paint('dim', open)}\n${parts.join(`${comma}\n`)}\n${' '.repeat(indent)}${paint('dim', close)}`
}

/** A line being written, as long as it fits. */
class Line {
  text = ''
  length = 0
  readonly #room: number
  readonly #paint: Paint

  constructor(room: number, paint: Paint) {
    this.#room = room
    this.#paint = paint
  }

  /** False once the line is too long. */
  add(tone: Tone, text: string): boolean {
    this.text += this.#paint(tone, text)
    this.length += columnsOf(text)
    return this.length <= this.#room
  }
}

type Nested = readonly unknown[] | ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>

function isNested(value: unknown): value is Nested {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Uint8Array || value instanceof Date || isExtension(value)) return false
  return true
}

type Name = { readonly field: string } | { readonly key: unknown } | undefined

function partsOf(value: Nested): [Name, unknown][] {
  if (Array.isArray(value)) return value.map((entry) => [undefined, entry])
  if (value instanceof Map) return [...value].map(([key, entry]) => [{ key }, entry])
  return Object.entries(value).map(([field, entry]) => [{ field }, entry])
}

function brackets(value: Nested): [string, string] {
  return Array.isArray(value) ? ['[', ']'] : ['{', '}']
}

/** On one line. False when it does not fit. */
function write(value: unknown, line: Line): boolean {
  if (!isNested(value)) return line.add(...scalar(value))
  const [open, close] = brackets(value)
  const parts = partsOf(value)
  if (parts.length === 0) return line.add('dim', open + close)
  const space = Array.isArray(value) ? '' : ' '
  if (!line.add('dim', open + space)) return false
  for (const [index, [name, entry]] of parts.entries()) {
    if (index > 0) line.add('dim', ', ')
    writeName(name, line)
    if (!write(entry, line)) return false
  }
  return line.add('dim', space + close)
}

function writeName(name: Name, line: Line): void {
  if (name === undefined) return
  if ('field' in name) {
    line.add('plain', quoted(name.field))
    line.add('dim', ': ')
    return
  }
  write(name.key, line)
  line.add('dim', ' => ')
}

function scalar(value: unknown): [Tone, string] {
  switch (typeof value) {
    case 'string':
      return ['green', quoted(value)]
    case 'number':
      return ['cyan', Object.is(value, -0) ? '-0' : String(value)]
    case 'bigint':
      return ['cyan', String(value)]
    case 'boolean':
      return ['yellow', String(value)]
    case 'object':
      if (value instanceof Uint8Array) return ['yellow', `<${bytes(value)}>`]
      if (value instanceof Date) return ['cyan', `<${value.toISOString()}>`]
      if (value !== null && isExtension(value)) {
        return ['yellow', `<extension ${value.type}, ${bytes(value.data)}>`]
      }
  }
  // A call without an answer gives nothing, which reads as null on every wire.
  return ['dim', 'null']
}

function quoted(text: string): string {
  return harmless(JSON.stringify(text))
}

function bytes(data: Uint8Array): string {
  const count = data.length === 1 ? '1 byte' : `${data.length} bytes`
  if (data.length === 0) return count
  const hex = Array.from(data.subarray(0, SHOWN_BYTES), (byte) =>
    byte.toString(16).padStart(2, '0'),
  )
  return `${count} ${hex.join('')}${data.length > SHOWN_BYTES ? '…' : ''}`
}
