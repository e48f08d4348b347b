// Fuzz target: a connection of Tieline's own protocol, over bytes and over messages.
import { protocolTarget } from '../testing/fuzz.js'
import { native } from './native.js'

export const name = 'native'

const overBytes = protocolTarget(native())
const overMessages = protocolTarget(native({ over: 'messages' }))

export function target(bytes: Uint8Array): void {
  overBytes(bytes)
  overMessages(bytes)
}

export const seeds = [
  '\0\0\0\u000e\u0096\u0000\u00a7tieline\u0001\0\u00c0\u00c0\0\0\0\u0007\u0095\u0001\u0001\u00a1m\u00c0\u00c0',
  '\0\0\0\u0004\u0093\u0004\u0001\u0005\0\0\0\u0003\u0092\u0009\u0001',
  '\u0096\u0000\u00a7tieline\u0001\0\u00c0\u00c0',
]
