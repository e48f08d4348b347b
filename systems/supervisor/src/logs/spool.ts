// The file that an app writes its output to. The app needs no reader: it is never stopped by a full
// pipe and never dies of SIGPIPE, whatever becomes of the daemon. The daemon reads behind it, notes on
// disk how far it got, and gives the space of what it has read back to the file system.
import { execFile } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Bytes read before their space is given back: 16 MiB, one call of a helper program for each. */
const RELEASE_BYTES = 16 * 1024 * 1024
/** A position as text of that width, so that a newer one covers an older one. */
const DIGITS = 16

export class Spool {
  readonly path: string
  readonly #file: number
  readonly #positionFile: number
  #position: number
  #released: number
  #releasing = false
  #canPunch = process.platform === 'linux'

  /** Opens it, or makes it. Throws what the file system throws. */
  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants
    this.#file = openSync(path, O_RDWR | O_CREAT | O_APPEND | (O_NOFOLLOW ?? 0), 0o600)
    this.#positionFile = openSync(`${path}.position`, O_RDWR | O_CREAT | (O_NOFOLLOW ?? 0), 0o600)
    this.#position = Math.min(this.#readPosition(), this.size)
    this.#released = 0
  }

  get size(): number {
    return fstatSync(this.#file).size
  }

  /** How far it was read. */
  get position(): number {
    return this.#position
  }

  get unread(): number {
    return this.size - this.#position
  }

  /** A descriptor for the app. The caller closes it when the app has its own. */
  openForApp(): number {
    return openSync(this.path, constants.O_WRONLY | constants.O_APPEND)
  }

  /** Reads what is next without going on. Returns the number of bytes. */
  read(into: Uint8Array): number {
    return readSync(this.#file, into, 0, into.length, this.#position)
  }

  /** So many bytes are dealt with: after a crash of the daemon, reading goes on behind them. */
  advance(bytes: number): void {
    this.#position += bytes
    try {
      this.#note()
    } catch {
      // On a full disk: after a crash of the daemon they are read once more, and that is all.
    }
    if (this.#position - this.#released > RELEASE_BYTES) this.#release()
  }

  /** Empties the file when all of it was read. Only while no app writes to it. */
  reset(): void {
    if (this.unread > 0) return
    ftruncateSync(this.#file, 0)
    this.#released = 0
    this.#position = 0
    this.#note()
  }

  /** What others have cut, to win space, is read from its beginning. */
  noticeCut(): void {
    if (this.size >= this.#position) return
    this.#released = 0
    this.#position = 0
  }

  /** The file stays, for an app that goes on, or goes away with the app. */
  close(options: { readonly remove: boolean }): void {
    closeSync(this.#file)
    closeSync(this.#positionFile)
    if (!options.remove) return
    rmSync(this.path, { force: true })
    rmSync(`${this.path}.position`, { force: true })
  }

  #note(): void {
    writeSync(this.#positionFile, String(this.#position).padStart(DIGITS, '0'), 0, 'latin1')
  }

  #readPosition(): number {
    const bytes = new Uint8Array(DIGITS)
    const length = readSync(this.#positionFile, bytes, 0, DIGITS, 0)
    const position = Number(Buffer.from(bytes.subarray(0, length)).toString('latin1'))
    return Number.isSafeInteger(position) && position >= 0 ? position : 0
  }

  /**
   * Gives back the space of what was read. A hole keeps the positions, so nothing the app writes
   * meanwhile can be lost. Node has no call for it, so util-linux's fallocate makes it. Where that is
   * not to be had, the file is emptied when all of it was read: what the app writes between the look
   * and the cut is lost, as with every log rotation that truncates.
   */
  #release(): void {
    if (!this.#canPunch) {
      if (this.unread === 0) this.reset()
      return
    }
    if (this.#releasing) return
    this.#releasing = true
    const upTo = this.#position
    const args = ['--punch-hole', '--offset', '0', '--length', String(upTo), this.path]
    execFile('fallocate', args, { timeout: 30_000 }, (error) => {
      this.#releasing = false
      if (error) this.#canPunch = false
      else this.#released = upTo
    })
  }
}
