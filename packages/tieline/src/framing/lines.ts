// Frames that end with a delimiter: one value a line. For codecs whose bytes never hold it, as JSON's
// do not hold a newline; a body that does is refused on the way out, never sent as two.
import { type ByteSink, indexOf } from '../bytes.js'
import { malformed, TielineError, tooLarge } from '../errors.js'
import type { Limits } from '../limits.js'
import { checkBody, type EmptyBody, emptyFrame } from './empty-body.js'
import type { FrameDecoder, Framer, TakeFrame } from './framer.js'
import { LARGE_BYTES, NOTHING, roomFor } from './memory.js'

/** What `lines` takes. */
export interface LinesOptions {
  /** One character below U+0080. Default '\n'. */
  delimiter?: string
  /** Whether a '\r' before the delimiter belongs to it. Default true. */
  stripReturn?: boolean
  /** Default 'skip': real peers send blank lines as keep-alives. */
  emptyBody?: EmptyBody
}

interface Form {
  readonly delimiter: number
  readonly stripReturn: boolean
  readonly emptyBody: EmptyBody
}

const RETURN = 0x0d

/**
 * Frames of [body][delimiter]. The limit `frameBytes` counts the body. A last line without its
 * delimiter is `malformed`: it may have been cut. Throws `invalid-argument` for a delimiter that is
 * not one such character.
 */
export function lines(options: LinesOptions = {}): Framer {
  const delimiter = options.delimiter ?? '\n'
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) > 0x7f) {
    throw new TielineError(
      'invalid-argument',
      `the delimiter of lines must be one character below U+0080, not ${JSON.stringify(delimiter)}`,
    )
  }
  const form: Form = {
    delimiter: delimiter.charCodeAt(0),
    stripReturn: options.stripReturn ?? true,
    emptyBody: options.emptyBody ?? 'skip',
  }
  return {
    headerBytes: 0,
    trailerBytes: 1,
    finish(out, head, at, bodyBytes) {
      checkBody(bodyBytes, form.emptyBody)
      checkContent(form, out, head, at, bodyBytes)
      out.room(1)
      out.bytes[out.position++] = form.delimiter
    },
    decoder: (limits) => new LineDecoder(form, limits),
  }
}

/** Refuses what the other side would read as two lines, or as a shorter one. */
function checkContent(
  form: Form,
  out: ByteSink,
  head: Uint8Array,
  at: number,
  bodyBytes: number,
): void {
  let found: number
  let last: number | undefined
  if (out.bytes === head && out.position - at === bodyBytes) {
    found = indexOf(head, form.delimiter, at)
    if (found >= out.position) found = -1
    last = head[out.position - 1]
  } else {
    const pieces = out.last(bodyBytes)
    found = -1
    for (const piece of pieces) found = Math.max(found, indexOf(piece, form.delimiter, 0))
    last = pieces.at(-1)?.at(-1)
  }
  if (found !== -1) {
    throw new TielineError(
      'invalid-argument',
      'a value that holds the line delimiter cannot be sent as a line',
    )
  }
  if (form.stripReturn && bodyBytes > 0 && last === RETURN) {
    throw new TielineError(
      'invalid-argument',
      'a value that ends with a carriage return cannot be sent as a line',
    )
  }
}

class LineDecoder implements FrameDecoder {
  readonly #form: Form
  readonly #limit: number
  // The beginning of a line that a chunk border cut. None of it is a delimiter: it is not searched again.
  #held: Uint8Array = NOTHING
  #filled = 0

  constructor(form: Form, limits: Limits) {
    this.#form = form
    this.#limit = limits.frameBytes
  }

  get pending(): number {
    return this.#filled
  }

  push(chunk: Uint8Array, take: TakeFrame): void {
    const delimiter = this.#form.delimiter
    let at = 0
    let stop = indexOf(chunk, delimiter, 0)
    if (stop !== -1 && this.#filled > 0) {
      this.#hold(chunk, 0, stop)
      this.#completeHeld(take)
      at = stop + 1
      stop = indexOf(chunk, delimiter, at)
    }
    while (stop !== -1) {
      this.#cut(chunk, at, stop, true, take)
      at = stop + 1
      stop = indexOf(chunk, delimiter, at)
    }
    if (at < chunk.length) this.#hold(chunk, at, chunk.length)
  }

  // A line does not say how long it is, so no read can be steered into its buffer.
  room(): undefined {
    return undefined
  }

  end(): void {
    if (this.#filled > 0) {
      throw malformed(`the channel ended inside a line, after ${this.#filled} bytes`)
    }
  }

  #cut(bytes: Uint8Array, start: number, stop: number, lent: boolean, take: TakeFrame): void {
    const end =
      this.#form.stripReturn && stop > start && bytes[stop - 1] === RETURN ? stop - 1 : stop
    if (end - start > this.#limit) throw this.#tooLong()
    if (end > start || this.#takesEmpty()) take(bytes, start, end, lent)
  }

  #completeHeld(take: TakeFrame): void {
    const bytes = this.#held
    const stop = this.#filled
    const lent = bytes.length <= LARGE_BYTES
    // A connection does not keep the buffer of its longest line.
    if (!lent) this.#held = NOTHING
    this.#filled = 0
    this.#cut(bytes, 0, stop, lent, take)
  }

  /** Keeps chunk[at..end), unless the line is past the limit with it. A last '\r' may yet be stripped. */
  #hold(chunk: Uint8Array, at: number, end: number): void {
    const filled = this.#filled + end - at
    if (filled > this.#limit) {
      const mayFit = this.#form.stripReturn && filled === this.#limit + 1
      const last = end > at ? chunk[end - 1] : this.#held[this.#filled - 1]
      if (!mayFit || last !== RETURN) throw this.#tooLong()
    }
    this.#held = roomFor(this.#held, this.#filled, filled, this.#limit + 1)
    this.#held.set(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end), this.#filled)
    this.#filled = filled
  }

  #takesEmpty(): boolean {
    if (this.#form.emptyBody === 'refuse') throw emptyFrame()
    return this.#form.emptyBody === 'take'
  }

  #tooLong(): TielineError {
    return tooLarge(
      `a line has no end after ${this.#limit} bytes; the limit frameBytes is ${this.#limit}`,
    )
  }
}
