// Fuzz target: frames behind a length, little-endian and big-endian, with and without empty ones.
import { framerTarget } from '../testing/fuzz.js'
import { lengthPrefix } from './length-prefix.js'

export const name = 'length-prefix'

const targets = [
  framerTarget(lengthPrefix({ bytes: 4, endian: 'big' })),
  framerTarget(lengthPrefix({ endian: 'little', emptyBody: 'take' })),
  framerTarget(lengthPrefix({ bytes: 2, endian: 'big' })),
]

export function target(bytes: Uint8Array): void {
  for (const one of targets) one(bytes)
}

export const seeds = ['\0\0\0\u0003abc\0\0\0\u0001x', '\u0003\0\0\0abc\0\0\0\0', 'HTTP/1.1 400\r\n']
