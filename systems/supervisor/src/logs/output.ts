// One output of an app on its way: from the spool, line by line, into the log files, into memory and to
// whoever listens.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { toError } from '../domain/errors.js'
import { Ring } from './ring.js'
import type { RotatedLog } from './rotated-log.js'
import { Spool } from './spool.js'

/** Bytes read at once. 128 KiB: a millisecond of work, between which commands are answered. */
const CHUNK_BYTES = 128 * 1024
/** Bytes of one line; a longer one comes in pieces. */
const LINE_BYTES = 64 * 1024
/** Bytes that an app may be ahead of us. 256 MiB: past it the oldest are passed over, and it is told. */
const MOST_UNREAD = 256 * 1024 * 1024
/** Bytes of the log's end that are read for `logs -n` when the daemon starts. */
const SEED_BYTES = 64 * 1024
const NEWLINE = 0x0a
const RETURN = 0x0d

export interface OutputOptions {
  readonly spoolPath: string
  readonly logs: readonly RotatedLog[]
  /** Whether anybody listens: asked before lines are told. */
  readonly wanted: () => boolean
  readonly line: (line: string) => void
  /** It cannot be read. Told once, until that works again. */
  readonly failed: (error: Error) => void
  readonly mostUnread?: number
}

const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
let chunkInUse = false

export class Output {
  readonly #spool: Spool
  readonly #options: OutputOptions
  #logs: readonly RotatedLog[]
  readonly #ring = new Ring()
  #seenSize = -1
  #pumping: Promise<void> | undefined
  #again = false
  #failing = false
  #closed = false

  constructor(options: OutputOptions) {
    this.#options = options
    this.#logs = options.logs
    this.#spool = new Spool(options.spoolPath)
    const log = options.logs[0]
    if (log) for (const line of lastLines(log.path)) this.#ring.push(line)
  }

  last(count: number): string[] {
    return this.#ring.last(count)
  }

  /** The lines go to other files from now on. */
  redirect(logs: readonly RotatedLog[]): void {
    this.#logs = logs
  }

  /** A descriptor for a new process; see Spool. */
  openForApp(): number {
    this.#spool.reset()
    this.#seenSize = -1
    return this.#spool.openForApp()
  }

  /** Looks for new output. True when there was some. */
  look(): boolean {
    if (this.#closed) return false
    const size = this.#spool.size
    if (size === this.#seenSize) return this.#pumping !== undefined
    this.#seenSize = size
    if (this.#pumping) this.#again = true
    else void this.#run()
    return true
  }

  /**
   * Resolves when all that is there was dealt with, also an end without a newline, or when it cannot
   * be read.
   */
  async finish(): Promise<void> {
    while (!this.#closed) {
      await this.#run()
      // It may have been closed meanwhile: then the file is no longer ours to look at.
      if (this.#closed || this.#failing) return
      if (this.#pumping) continue
      const left = this.#spool.unread
      if (left === 0) return
      if (left > LINE_BYTES) continue
      // In the pump's place, so that no look reads the same meanwhile.
      await this.#run(() => this.#take(Buffer.from(this.#peek(left)), left))
    }
  }

  /** Resolves when what was being written is, so that whoever reads next goes on behind it. */
  async close(options: { readonly remove: boolean }): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pumping
    this.#spool.close(options)
  }

  /** Never rejects: see `failed`. */
  #run(work = () => this.#pump()): Promise<void> {
    this.#pumping ??= this.#attempt(work).finally(() => {
      this.#pumping = undefined
      if (this.#again) {
        this.#again = false
        void this.#run()
      }
    })
    return this.#pumping
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#failing = false
    } catch (error) {
      if (this.#failing) return
      this.#failing = true
      this.#options.failed(toError(error))
    }
  }

  async #pump(): Promise<void> {
    while (!this.#closed) {
      this.#spool.noticeCut()
      await this.#catchUp()
      const turn = await turnAtChunk()
      try {
        if (this.#closed) return
        const length = this.#spool.read(chunk)
        const whole = wholeLines(chunk, length)
        if (whole === 0) return
        await this.#take(chunk.subarray(0, whole), whole)
      } finally {
        turn()
      }
    }
  }

  #peek(bytes: number): Uint8Array {
    const rest = new Uint8Array(bytes)
    return rest.subarray(0, this.#spool.read(rest))
  }

  /** The app prints faster than we can read: the oldest of it is passed over, and a line may be cut. */
  async #catchUp(): Promise<void> {
    const most = this.#options.mostUnread ?? MOST_UNREAD
    const { unread } = this.#spool
    if (unread <= most) return
    const skipped = unread - Math.floor(most / 2)
    this.#spool.advance(skipped)
    const note = `[superctl: ${skipped} bytes of output were passed over, they came faster than they can be kept]`
    await this.#write(Buffer.from(`\n${note}\n`))
    this.#tell(note)
  }

  async #take(lines: Buffer, bytes: number): Promise<void> {
    const ended = lines[lines.length - 1] === NEWLINE
    await this.#write(ended ? lines : Buffer.concat([lines, Buffer.of(NEWLINE)]))
    this.#spool.advance(bytes)
    if (this.#closed) return
    const text = lines.toString('utf8', 0, ended ? lines.length - 1 : lines.length)
    for (const line of text.split('\n')) {
      this.#tell(line.charCodeAt(line.length - 1) === RETURN ? line.slice(0, -1) : line)
    }
  }

  #tell(line: string): void {
    this.#ring.push(line)
    if (this.#options.wanted()) this.#options.line(line)
  }

  async #write(lines: Buffer): Promise<void> {
    for (const log of this.#logs) {
      for (let at = 0; at < lines.length; ) {
        const end = pieceEnd(lines, at, log.pieceBytes)
        await log.write(lines.subarray(at, end))
        at = end
      }
    }
  }
}

/** The end of the last line that fits behind `at`, or of the first when none does. */
function pieceEnd(lines: Buffer, at: number, most: number): number {
  if (lines.length - at <= most) return lines.length
  const last = lines.lastIndexOf(NEWLINE, at + most - 1)
  if (last >= at) return last + 1
  const next = lines.indexOf(NEWLINE, at)
  return next < 0 ? lines.length : next + 1
}

/** Bytes up to the end of the last whole line; of a line that is too long, what is there of it. */
function wholeLines(bytes: Buffer, length: number): number {
  const last = length === 0 ? -1 : bytes.lastIndexOf(NEWLINE, length - 1)
  if (last >= 0) return last + 1
  return length > LINE_BYTES ? characterEnd(bytes, LINE_BYTES) : 0
}

/** The largest position up to `most` that does not cut a UTF-8 character. */
function characterEnd(bytes: Buffer, most: number): number {
  let end = most
  while (end > most - 4 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return end
}

const waiting: (() => void)[] = []

/** All outputs share one chunk of memory: one at a time, in turn. */
async function turnAtChunk(): Promise<() => void> {
  // Everything else of the process goes first.
  await new Promise<void>((resolve) => setImmediate(resolve))
  if (chunkInUse) await new Promise<void>((resolve) => waiting.push(resolve))
  chunkInUse = true
  return () => {
    const next = waiting.shift()
    if (next) next()
    else chunkInUse = false
  }
}

function lastLines(path: string): string[] {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    // No log yet.
    return []
  }
  try {
    const { size } = fstatSync(file)
    const from = Math.max(0, size - SEED_BYTES)
    const bytes = Buffer.alloc(size - from)
    const length = readSync(file, bytes, 0, bytes.length, from)
    const lines = bytes.toString('utf8', 0, length).split('\n')
    lines.pop()
    return from > 0 ? lines.slice(1) : lines
  } finally {
    closeSync(file)
  }
}
