// Numbers in MessagePack's forms, big-endian, and how they are found in the bytes again.
import { refused } from '../refusals.js'
import { FLOAT64, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 } from './format.js'
import { readInt32, TWO_32, writeUint32 } from './words.js'

// Eight bytes seen as a double. Typed arrays have the machine's byte order, the wire has big-endian.
const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const float = new Float32Array(double.buffer, 0, 1)
double[0] = -1
const LITTLE_ENDIAN = doubleBytes[7] !== 0
const FLIP_8 = LITTLE_ENDIAN ? 7 : 0
const FLIP_4 = LITTLE_ENDIAN ? 3 : 0

export function writeDouble(bytes: Uint8Array, at: number, value: number): void {
  double[0] = value
  for (let i = 0; i < 8; i++) bytes[at + i] = doubleBytes[i ^ FLIP_8] as number
}

export function readDouble(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i ^ FLIP_8] = bytes[at + i] as number
  return double[0] as number
}

export function readFloat(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 4; i++) doubleBytes[i ^ FLIP_4] = bytes[at + i] as number
  return float[0] as number
}

/** A 64-bit integer: a number where that is exact, else a bigint. */
export function readInt64(bytes: Uint8Array, at: number, signed: boolean): number | bigint {
  const head = readInt32(bytes, at)
  const high = signed ? head : head >>> 0
  const low = readInt32(bytes, at + 4) >>> 0
  const value = high * TWO_32 + low
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low)
}

/** The longest number: a format byte and eight bytes. */
export const LONGEST_NUMBER = 9

/** Writes a number in its smallest form, where there is room for LONGEST_NUMBER. Returns where it ends. */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if ((value | 0) === value && !Object.is(value, -0)) {
    if (value >= -32 && value < 0x80) {
      bytes[at] = value
      return at + 1
    }
    if (value >= -0x80 && value < 0x100) {
      bytes[at] = value < 0 ? INT8 : UINT8
      bytes[at + 1] = value
      return at + 2
    }
    if (value >= -0x8000 && value < 0x10000) {
      bytes[at] = value < 0 ? INT16 : UINT16
      bytes[at + 1] = value >> 8
      bytes[at + 2] = value
      return at + 3
    }
    bytes[at] = value < 0 ? INT32 : UINT32
    writeUint32(bytes, at + 1, value)
    return at + 5
  }
  if (value >>> 0 === value && value !== 0) {
    bytes[at] = UINT32
    writeUint32(bytes, at + 1, value)
    return at + 5
  }
  if (Number.isSafeInteger(value) && value !== 0) {
    const high = Math.floor(value / TWO_32)
    bytes[at] = value < 0 ? INT64 : UINT64
    writeUint32(bytes, at + 1, high)
    writeUint32(bytes, at + 5, value - high * TWO_32)
    return at + 9
  }
  bytes[at] = FLOAT64
  writeDouble(bytes, at + 1, value)
  return at + 9
}

const INT64_MIN = -(2n ** 63n)
const UINT64_MAX = 2n ** 64n - 1n

/** The same for a bigint. Throws `invalid-argument` when it does not fit into 64 bits. */
export function writeBigint(bytes: Uint8Array, at: number, value: bigint): number {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return writeNumber(bytes, at, Number(value))
  }
  if (value < INT64_MIN || value > UINT64_MAX)
    throw refused('a bigint outside -2^63 to 2^64-1', 'MessagePack')
  bytes[at] = value < 0n ? INT64 : UINT64
  writeUint32(bytes, at + 1, Number(BigInt.asUintN(32, value >> 32n)))
  writeUint32(bytes, at + 5, Number(BigInt.asUintN(32, value)))
  return at + 9
}
