// What an object that is neither plain nor an array is to MessagePack.
import { binaryOf } from '../binary.js'
import { refused } from '../refusals.js'
import {
  checkExtension,
  Extension,
  type ExtensionType,
  isExtension,
  TIMESTAMP,
  timestampOf,
} from './extension.js'

/**
 * Bytes for a bin, an Extension, a Map, or the object itself for its properties. Throws
 * `invalid-argument` for one that has no form.
 */
export function special(value: object, extensions: readonly ExtensionType[]): object {
  for (const extension of extensions) {
    if (extension.matches(value)) return new Extension(extension.type, extension.encode(value))
  }
  const binary = binaryOf(value)
  if (binary !== undefined) return binary
  if (isExtension(value)) {
    checkExtension(value.type, value.data)
    return value
  }
  if (value instanceof Map) return value
  if (value instanceof Date) return new Extension(TIMESTAMP, timestampOf(value))
  // Instances of the application's classes are their properties. Built-in classes have none
  // worth sending: a Set or an Error would arrive empty, so they are refused instead.
  const tag = Object.prototype.toString.call(value)
  if (tag === '[object Object]') return value
  throw refused(`${tag.slice(8, -1)} (not plain data)`, 'MessagePack')
}
