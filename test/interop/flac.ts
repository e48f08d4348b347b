// Writes FLAC files for tests: silence with tags, mono, 16 bits. Small (a constant subframe for each
// block of 4,096 samples), and real: any decoder plays it and seeks in it.

const SAMPLE_RATE = 8000
const BLOCK = 4096
const STREAMINFO = 0
const VORBIS_COMMENT = 4

/** A whole file of about so many seconds (whole blocks of half a second). */
export function silentFlac(seconds: number, tags: Readonly<Record<string, string>>): Buffer {
  const blocks = Math.max(1, Math.round((seconds * SAMPLE_RATE) / BLOCK))
  return Buffer.concat([
    Buffer.from('fLaC'),
    metadata(STREAMINFO, streamInfo(blocks * BLOCK)),
    metadata(VORBIS_COMMENT, comments(tags), true),
    ...Array.from({ length: blocks }, (_, number) => frame(number)),
  ])
}

function metadata(type: number, body: Buffer, last = false): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(((last ? 0x80 : 0) + type) * 0x100_0000 + body.length)
  return Buffer.concat([head, body])
}

function streamInfo(samples: number): Buffer {
  const info = Buffer.alloc(34)
  info.writeUInt16BE(BLOCK, 0)
  info.writeUInt16BE(BLOCK, 2)
  // From bit 80: 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
  info.writeBigUInt64BE((BigInt(SAMPLE_RATE) << 44n) | (15n << 36n) | BigInt(samples), 10)
  return info
}

function comments(tags: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(tags).map(([name, text]) => sized(`${name}=${text}`))
  const count = Buffer.alloc(4)
  count.writeUInt32LE(texts.length)
  return Buffer.concat([sized('test'), count, ...texts])
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

function frame(number: number): Buffer {
  // Sync and fixed block size; 4,096 samples, rate as in STREAMINFO; mono, 16 bits; the number.
  const header = Buffer.from([0xff, 0xf8, 0xc0, 0x08, ...utf8(number)])
  // A constant subframe: its type, and the one sample.
  const body = Buffer.concat([header, Buffer.of(crc(header, 8, 0x07)), Buffer.of(0, 0, 0)])
  const check = Buffer.alloc(2)
  check.writeUInt16BE(crc(body, 16, 0x8005))
  return Buffer.concat([body, check])
}

function utf8(number: number): Buffer {
  return Buffer.from(String.fromCodePoint(number))
}

function crc(bytes: Buffer, bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1)
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte << (bits - 8)
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum & top ? polynomial : 0)
    sum &= 2 * top - 1
  }
  return sum
}
