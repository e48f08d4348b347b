// Where output goes: lines to stdout, notes to stderr, and what kind of terminal is in front of it.
import type { WriteStream } from 'node:tty'

export class Output {
  readonly stdout: WriteStream
  readonly #stderr: NodeJS.WritableStream
  readonly #env: NodeJS.ProcessEnv

  /** `unread` is told when nobody reads stdout any more. */
  constructor(
    stdout: WriteStream,
    stderr: NodeJS.WritableStream,
    env: NodeJS.ProcessEnv,
    unread: () => void,
  ) {
    this.stdout = stdout
    this.#stderr = stderr
    this.#env = env
    stdout.on('error', unread)
    // A terminal that is gone: there is no place left to tell of it.
    stderr.on('error', () => {})
  }

  /** Whether things can be drawn in place. */
  get live(): boolean {
    return this.stdout.isTTY === true && this.#env.TERM !== 'dumb'
  }

  get colour(): boolean {
    return this.live && !this.#env.NO_COLOR
  }

  /** Whether the locale has characters beyond ASCII. */
  get unicode(): boolean {
    const { LC_ALL, LC_CTYPE, LANG } = this.#env
    const locale = LC_ALL || LC_CTYPE || LANG
    return process.platform === 'win32' || locale === undefined || /utf-?8/i.test(locale)
  }

  line(text: string): void {
    this.stdout.write(`${text}\n`)
  }

  /** For people, beside what a script reads. */
  note(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  fail(text: string): void {
    this.note(`player-driver: ${text}`)
  }
}
