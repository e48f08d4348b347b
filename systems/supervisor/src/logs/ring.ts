// The last lines of a log, in memory: as many as a person looks back on, and no more.

/** Lines. 1,000: `logs -n` beyond that is what the file is for. */
export const MOST_LINES = 1000
/** Characters of all of them. 512 Ki: both logs of an app, in JSON, are below the largest message. */
const MOST_CHARACTERS = 512 * 1024

export class Ring {
  #lines: string[] = []
  #head = 0
  #characters = 0

  push(line: string): void {
    this.#lines.push(line)
    this.#characters += line.length
    while (this.#lines.length - this.#head > MOST_LINES || this.#characters > MOST_CHARACTERS) {
      this.#characters -= (this.#lines[this.#head] as string).length
      this.#head++
    }
    if (this.#head > MOST_LINES) {
      this.#lines = this.#lines.slice(this.#head)
      this.#head = 0
    }
  }

  /** The last `count` lines, the oldest first. */
  last(count: number): string[] {
    return count <= 0 ? [] : this.#lines.slice(Math.max(this.#head, this.#lines.length - count))
  }
}
