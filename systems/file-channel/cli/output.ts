// Where a command writes: answers to stdout, everything about the work itself to stderr.
import type { Writable } from 'node:stream'
import type { MailboxReport } from '../src/index.js'

export class Output {
  readonly #out: Writable
  readonly #err: Writable

  /** `unread`: called when nobody reads stdout any more. */
  constructor(out: Writable, err: Writable, unread: () => void) {
    this.#out = out
    this.#err = err
    out.on('error', unread)
  }

  line(text: string): void {
    this.#out.write(`${text}\n`)
  }

  /** One value for a program: one line. Otherwise for people: indented. */
  value(value: unknown, forPrograms: boolean): void {
    this.line(JSON.stringify(value, null, forPrograms ? undefined : 2))
  }

  note(text: string): void {
    this.#err.write(`${text}\n`)
  }

  fail(text: string): void {
    this.note(`file-channel: ${text}`)
  }

  /** What the channel met, in one line. */
  readonly report = (report: MailboxReport): void => {
    switch (report.kind) {
      case 'quarantined': {
        const { count, path, reason } = report
        this.fail(`${count} ${count === 1 ? 'entry' : 'entries'} of ${path} set aside: ${reason}`)
        break
      }
      case 'dropped':
        this.fail(
          `${report.count} oldest messages dropped, ${report.total} so far: the reader keeps no record`,
        )
        break
      case 'recovered':
        this.fail(`${report.path} was held by process ${report.pid}, which is dead: removed`)
        break
      case 'trouble':
        this.fail(`${report.error.message}; trying again`)
    }
  }
}
