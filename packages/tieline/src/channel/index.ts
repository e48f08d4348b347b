// The public face of channels: the waist itself, the pair in memory, the tap, the peek.
export type { Channel, ChannelSink, CloseInfo, Credentials } from './channel.js'
export { type MemoryOptions, memoryPair } from './memory.js'
export { type PeekOptions, peek } from './peek.js'
export { type ChannelObserver, tap } from './tap.js'
