// The first bytes of MessagePack values, by the names of the specification, and the
// numbers that are written and read big-endian.

export const FIXMAP = 0x80
export const FIXARRAY = 0x90
export const FIXSTR = 0xa0
export const NIL = 0xc0
export const NEVER_USED = 0xc1
export const FALSE = 0xc2
export const TRUE = 0xc3
export const BIN8 = 0xc4
export const BIN16 = 0xc5
export const BIN32 = 0xc6
export const EXT8 = 0xc7
export const EXT16 = 0xc8
export const EXT32 = 0xc9
export const FLOAT32 = 0xca
export const FLOAT64 = 0xcb
export const UINT8 = 0xcc
export const UINT16 = 0xcd
export const UINT32 = 0xce
export const UINT64 = 0xcf
export const INT8 = 0xd0
export const INT16 = 0xd1
export const INT32 = 0xd2
export const INT64 = 0xd3
export const FIXEXT1 = 0xd4
export const FIXEXT2 = 0xd5
export const FIXEXT4 = 0xd6
export const FIXEXT8 = 0xd7
export const FIXEXT16 = 0xd8
export const STR8 = 0xd9
export const STR16 = 0xda
export const STR32 = 0xdb
export const ARRAY16 = 0xdc
export const ARRAY32 = 0xdd
export const MAP16 = 0xde
export const MAP32 = 0xdf
export const NEGATIVE_FIXINT = 0xe0

export const TWO_32 = 0x1_0000_0000

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

/** Big-endian, unsigned. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

/** Big-endian, signed. `>>> 0` makes it unsigned. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
