// For programs that are commands: where their output goes, as `tieline` itself does it.
export { type Paint, type Screen, Terminal, type Tone } from './terminal.js'
