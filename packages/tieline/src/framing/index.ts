// Framers: what cuts a byte channel into frames.
export { type ContentLengthOptions, contentLength } from './content-length.js'
export type { EmptyBody } from './empty-body.js'
export type { FrameDecoder, Framer, TakeFrame } from './framer.js'
export { type LengthPrefixOptions, lengthPrefix } from './length-prefix.js'
export { type LinesOptions, lines } from './lines.js'
