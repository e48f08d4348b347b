// Fuzz target: MessagePack, as one value and as a stream of values without frames.
import { codecTarget, wireTarget } from '../../testing/fuzz.js'
import { selfDelimiting } from '../../wire/index.js'
import { messagePack } from './index.js'

export const name = 'msgpack'

const value = codecTarget(messagePack())
const stream = wireTarget(selfDelimiting(messagePack()))

export function target(bytes: Uint8Array): void {
  value(bytes)
  stream(bytes)
}

export const seeds: readonly string[] = [
  '\u0083\u00a1a\u0001\u00a1b\u0092\u00c0\u00c3\u00a1c\u00cb\u007f\u00f0\0\0\0\0\0\0',
  '\u0094\u0000\u0001\u00a5hello\u0091\u0007',
  '\u00c7\u000c\u00ff\0\0\0\u0001\0\0\0\0\0\0\0\u0001\u00d6\u00ff\0\0\0\u0001',
  '\u00dd\u00ff\u00ff\u00ff\u00ff',
  '\u0081\u00a9__proto__\u0081\u00a1x\u0001',
]
