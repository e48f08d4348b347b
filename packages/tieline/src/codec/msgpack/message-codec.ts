// Messages of one form as a codec, for whoever knows where they end.
import { malformed } from '../../errors.js'
import { INCOMPLETE, type SelfDelimitingCodec } from '../codec.js'
import { DEPTH } from '../guard.js'
import { decoderOf } from './decode.js'
import { encoderOf } from './encode.js'
import type { ExtensionType } from './extension.js'
import type { MessageForm } from './message.js'

/** What of MessagePack a wire with frames needs. `extensions`: see `claimed`. `maxDepth`: see `messagePack`. */
export function messageCodec<T>(
  form: MessageForm<T>,
  extensions: ReadonlyMap<number, ExtensionType> = new Map(),
  maxDepth = DEPTH,
): Omit<SelfDelimitingCodec<T>, 'scanner'> {
  const decodePrefix = decoderOf(form, extensions)
  const ending = { at: 0 }
  return {
    encode: encoderOf(form, [...extensions.values()], maxDepth),
    decode(bytes, start, end, lent, limits) {
      const message = decodePrefix(bytes, start, end, lent, limits, ending)
      if (message === INCOMPLETE) {
        throw malformed(`a MessagePack value does not end within its ${end - start} bytes`)
      }
      if (ending.at !== end) {
        throw malformed(`${end - ending.at} bytes are left over behind a MessagePack value`)
      }
      return message
    },
    decodePrefix,
  }
}
