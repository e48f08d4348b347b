// A log file that is rotated by size and count. What cannot be written is told and passed over: a full
// disk must not stop the app, nor the reading of its output.
import { basename, dirname, sep } from 'node:path'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import { toError } from '../domain/errors.js'

export interface RotatedLogOptions {
  /** Bytes after which a new file is begun. */
  readonly maxSize: number
  /** Files in all, the one that is written included; at least two. */
  readonly maxFiles: number
  /** Told once, until writing works again. */
  readonly failed: (error: Error) => void
}

export class RotatedLog {
  readonly path: string
  #options: RotatedLogOptions
  #stream: RotatingFileStream | undefined
  #failing = false

  constructor(path: string, options: RotatedLogOptions) {
    this.path = path
    this.#options = options
  }

  /** Bytes that one write should have at most, so that the files' size is kept to. */
  get pieceBytes(): number {
    return this.#options.maxSize
  }

  /** Writes whole lines. Resolves when they are written, or have failed to be; the memory is free then. */
  write(lines: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const stream = this.#open()
      let settled = false
      const done = (error?: Error | null) => {
        if (settled) return
        settled = true
        stream.off('error', done)
        if (error) this.#failed(stream, error)
        else this.#failing = false
        resolve()
      }
      // A stream that cannot even open its file says so here and forgets the write.
      stream.once('error', done)
      stream.write(lines, done)
    })
  }

  async close(): Promise<void> {
    const stream = this.#stream
    this.#stream = undefined
    if (stream === undefined) return
    await new Promise<void>((resolve) => {
      stream.once('close', () => resolve())
      stream.end()
    })
  }

  #open(): RotatingFileStream {
    if (this.#stream) return this.#stream
    const { maxSize, maxFiles } = this.#options
    const name = basename(this.path)
    const stream = createStream(
      (index: unknown) => (typeof index === 'number' && index > 0 ? `${name}.${index}` : name),
      {
        path: dirname(this.path) + sep,
        size: `${maxSize}B`,
        rotate: Math.max(1, maxFiles - 1),
        mode: 0o600,
      },
    )
    // An error outside of a write has the next write as its witness.
    stream.on('error', (error: unknown) => this.#failed(stream, toError(error)))
    this.#stream = stream
    return stream
  }

  #failed(stream: RotatingFileStream, error: Error): void {
    if (this.#stream === stream) this.#stream = undefined
    stream.destroy()
    if (this.#failing) return
    this.#failing = true
    this.#options.failed(new Error(`cannot write ${this.path}: ${error.message}`))
  }
}
