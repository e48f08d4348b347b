// How sockets are read: into one buffer that all sockets of the thread share, or straight into the
// sink's own memory, instead of a fresh 64 KiB for every read. Measured 1.1 to 2 times as fast.
import { readSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Bytes of the shared buffer. 64 KiB: what Node itself reads at once; more did not help. */
const SHARED_BYTES = 64 * 1024
/** Reads of what a broken connection left behind. 64 × 64 KiB: more than a socket's buffer holds. */
const SALVAGE_READS = 64

let shared: Buffer | undefined

// One buffer can serve all sockets because a read fills it and hands it over in one go, with nothing
// in between, and because the sink has used the bytes up when it returns.
function sharedBuffer(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES)
  return shared
}

/** Where the bytes of a socket go. */
export interface Landing {
  /** Takes a chunk, lent for the call. */
  take(chunk: Uint8Array): void
  /** Asked before a read; see ChannelSink.room. */
  room(): Uint8Array | undefined
}

/** Where a stream keeps its landing. */
export const LANDING = Symbol('tieline landing')

// The two functions that Node reads with are the same for all sockets: thousands of idle ones would
// each keep two of their own. Node calls the first as a method of the socket, and right after it the
// second, which it does not tell whose buffer it is about.
let reading: Inner | undefined

function landed(this: Inner, count: number, buffer: Uint8Array): boolean {
  this[LANDING]?.take(count === buffer.length ? buffer : buffer.subarray(0, count))
  reading = this
  return true
}

function nextBuffer(): Uint8Array {
  const room = reading?.[LANDING]?.room()
  reading = undefined
  return room !== undefined && room.length > 0 ? room : sharedBuffer()
}

interface Inner {
  _handle?: { useUserBuffer?: (buffer: Uint8Array) => void; fd?: number } | null
  [LANDING]?: Landing
  [field: symbol]: unknown
}

interface Fields {
  readonly buffer: symbol | undefined
  readonly callback: symbol | undefined
  readonly next: symbol | undefined
}

let fields: Fields | undefined

// The fields have symbols for names, which Node does not export; every socket shows them.
function findFields(socket: Socket): Fields {
  const symbols = Object.getOwnPropertySymbols(socket)
  const named = (name: string) => symbols.find((symbol) => symbol.description === name)
  return { buffer: named('kBuffer'), callback: named('kBufferCb'), next: named('kBufferGen') }
}

/**
 * Makes a socket read as the `onread` option of net.connect does, for its landing. Sockets that a
 * server accepted or that belong to a child process have no such option, so this sets the fields that
 * the option sets, when every one of them is where Node 20 to 24 has them. False: it is not so, and the
 * socket is read by 'data' events. Nothing of the socket's may have been read yet.
 */
export function attachReader(socket: Socket): boolean {
  fields ??= findFields(socket)
  const { buffer, callback, next } = fields
  const inner = socket as unknown as Inner
  const handle = inner._handle
  if (buffer === undefined || callback === undefined || next === undefined) return false
  if (inner[buffer] !== null || inner[callback] !== null || inner[next] !== null) return false
  if (typeof handle?.useUserBuffer !== 'function') return false
  const first = sharedBuffer()
  try {
    handle.useUserBuffer(first)
  } catch {
    // Not a handle that reads into memory it is given: 'data' events work for any.
    return false
  }
  inner[buffer] = first
  inner[callback] = landed
  inner[next] = nextBuffer
  return true
}

/** Whether `attachReader` has made it read for its landing. */
export function hasReader(input: object): boolean {
  return fields?.callback !== undefined && (input as Inner)[fields.callback] === landed
}

/**
 * Hands over what the other side had sent before a write to it failed. Node would drop that when it
 * destroys the socket, and with it, often, the answer that says why the other side closed.
 */
export function salvage(socket: Socket, take: (chunk: Uint8Array) => void): void {
  const fd = descriptorOf(socket)
  if (fd === undefined) return
  const buffer = sharedBuffer()
  for (let reads = 0; reads < SALVAGE_READS; reads++) {
    let count = 0
    try {
      count = readSync(fd, buffer)
    } catch {
      // EAGAIN or ECONNRESET: there is nothing more, and the failed write is reported already.
      return
    }
    if (count === 0) return
    take(buffer.subarray(0, count))
  }
}

/** The number of the socket's descriptor, where Node shows it (not on Windows). */
export function descriptorOf(socket: Socket): number | undefined {
  const fd = (socket as unknown as Inner)._handle?.fd
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}
