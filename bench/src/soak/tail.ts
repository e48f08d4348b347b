// A file of lines that others append to, read a piece at a time.
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

const CHUNK = 1 << 20

export class Tail {
  readonly #path: string
  #at = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /** The whole lines that came since the last time. */
  read(): string[] {
    if (!existsSync(this.#path)) return []
    const lines: string[] = []
    const file = openSync(this.#path, 'r')
    try {
      const chunk = Buffer.alloc(CHUNK)
      for (;;) {
        const size = readSync(file, chunk, 0, CHUNK, this.#at)
        if (size === 0) return lines
        this.#at += size
        const pieces = (this.#rest + chunk.toString('latin1', 0, size)).split('\n')
        this.#rest = pieces.pop() ?? ''
        for (const piece of pieces) lines.push(piece)
      }
    } finally {
      closeSync(file)
    }
  }
}
