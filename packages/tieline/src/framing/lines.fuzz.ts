// Fuzz target: frames that end with a line feed.
import { framerTarget } from '../testing/fuzz.js'
import { lines } from './lines.js'

export const name = 'lines'

const framer = framerTarget(lines())

export function target(bytes: Uint8Array): void {
  framer(bytes)
}

export const seeds = ['a\nbc\n\n{}\r\n', '\r\r\n', 'no end']
