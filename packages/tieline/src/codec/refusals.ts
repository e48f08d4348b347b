// The errors that several codecs share. None tells what the bytes were: they may be secret.
import { malformed, type TielineError, tooLarge } from '../errors.js'

export function tooDeep(limit: number): TielineError {
  return tooLarge(`more than ${limit} arrays and maps inside one another (limit depth)`)
}

export function tooManyElements(count: number, limit: number): TielineError {
  return tooLarge(`an array or map of ${count} elements is over the limit of ${limit} (elements)`)
}

export function tooManyBytes(atLeast: number, limit: number): TielineError {
  return tooLarge(`a value of at least ${atLeast} bytes is over the limit of ${limit} (frameBytes)`)
}

export function notMessagePack(byte: number, offset: number): TielineError {
  return malformed(`byte 0x${byte.toString(16)} at offset ${offset} is not MessagePack`)
}
