// Wires: chunks in, values out, and back.
export { ByteSink } from '../bytes.js'
export { framed } from './framed.js'
export { perMessage } from './per-message.js'
export { selfDelimiting } from './self-delimiting.js'
export type { Wire, WireDecoder } from './wire.js'
