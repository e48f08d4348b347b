// The errors that several codecs share. None tells what the bytes were: they may be secret.
import { malformed, TielineError, tooLarge } from '../errors.js'

export function tooDeep(limit: number): TielineError {
  return tooLarge(`more than ${limit} arrays and maps inside one another (limit depth)`)
}

export function tooManyElements(count: number, limit: number): TielineError {
  return tooLarge(
    `at least ${count} elements in one value are over the limit of ${limit} (elements)`,
  )
}

export function tooManyBytes(atLeast: number, limit: number): TielineError {
  return tooLarge(`a value of at least ${atLeast} bytes is over the limit of ${limit} (frameBytes)`)
}

export function notMessagePack(byte: number, offset: number): TielineError {
  return malformed(`byte 0x${byte.toString(16)} at offset ${offset} is not MessagePack`)
}

/** What a codec has no form for. */
export function refused(what: string, format: string): TielineError {
  return new TielineError('invalid-argument', `${what} cannot be written as ${format}`)
}
