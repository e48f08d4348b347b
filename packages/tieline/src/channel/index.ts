// The public face of channels: the waist itself, the pair in memory and the tap.
export type { Channel, ChannelSink, CloseInfo, Credentials } from './channel.js'
export { type MemoryOptions, memoryPair } from './memory.js'
export { type ChannelObserver, tap } from './tap.js'
