// Codecs: values to bytes and back.
export { type Codec, INCOMPLETE, type Scanner, type SelfDelimitingCodec } from './codec.js'
export { encoded } from './encoded.js'
export { type JsonOptions, json } from './json.js'
export {
  Extension,
  type ExtensionType,
  isExtension,
  type MessagePackOptions,
  messagePack,
} from './msgpack/index.js'
export { raw } from './raw.js'
