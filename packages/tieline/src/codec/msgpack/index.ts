// MessagePack as a codec: what becomes what, both ways, is written at `messagePack`.
import type { SelfDelimitingCodec } from '../codec.js'
import { depthOption } from '../guard.js'
import { claimed } from './claimed.js'
import type { ExtensionType } from './extension.js'
import { anyValue, type MessageForm } from './message.js'
import { messageCodec } from './message-codec.js'
import { MessagePackScanner } from './scan.js'

export { Extension, type ExtensionType, isExtension } from './extension.js'
export type { MessageForm } from './message.js'

/** What `messagePack` takes. */
export interface MessagePackOptions {
  /** Classes that travel as extension types. Asked in this order, before the built-in rules. */
  readonly extensions?: readonly ExtensionType[]
  /**
   * Arrays and maps inside one another that `encode` writes, from 1 to 512. 64, as `limits.depth`:
   * what is written can be read.
   */
  readonly maxDepth?: number
}

/**
 * MessagePack.
 *
 * Written, always in the smallest form:
 * - numbers that are integers within ±(2^53-1) as integers; -0, NaN, infinities, fractions and
 *   larger numbers as 64-bit floats; bigints as integers from -2^63 to 2^64-1
 * - strings as UTF-8, lone surrogates as U+FFFD
 * - undefined as nil; a property that is undefined is left out
 * - Uint8Array, every other view and buffer as bin. Long ones are sent from where they are: they must
 *   not change until sent
 * - Map as a map with any keys; objects as their own enumerable properties with string keys. toJSON
 *   is not asked
 * - Date as the timestamp extension; `Extension` as it is; the application's classes by `extensions`
 * - refused with `invalid-argument`: functions, symbols, bigints out of range, an invalid Date,
 *   built-in objects that are not data (Set, Error, Promise, RegExp), cycles and whatever is deeper
 *   than `maxDepth`
 *
 * Read:
 * - integers as number where that is exact, else as bigint
 * - what is not UTF-8 in a string as U+FFFD
 * - bin as Uint8Array: a copy when the memory is lent, else a view of it, which keeps all of it alive
 * - a map with string keys only as a plain object, any other as a Map. The key `__proto__` is dropped
 * - a timestamp as Date when it is whole milliseconds in Date's range; it and every other extension
 *   type, 0 included, else as `Extension`
 *
 * The value is the caller's. Neither side keeps state between values but a small table of key names.
 */
export function messagePack(options: MessagePackOptions = {}): SelfDelimitingCodec<unknown> {
  return messagePackOf(anyValue, options)
}

/** The same for messages of a form: what `write` writes and `read` reads follows the rules above. */
export function messagePackOf<T>(
  form: MessageForm<T>,
  options: MessagePackOptions = {},
): SelfDelimitingCodec<T> {
  return {
    ...messageCodec(form, claimed(options.extensions), depthOption(options.maxDepth)),
    scanner: (limits) => new MessagePackScanner(limits),
  }
}
