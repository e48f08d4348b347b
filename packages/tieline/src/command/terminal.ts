// Where output goes: lines to stdout as fast as its reader takes them, notes to stderr, and whether
// there is a person in front of it.
import type { Writable } from 'node:stream'

/** What is needed of process.stdout and process.stderr. */
export interface Screen extends Pick<Writable, 'write' | 'on' | 'once' | 'off'> {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** The colours there are. `plain` is none. */
export type Tone = 'plain' | 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan'
/** Puts a text into a colour, or leaves it as it is where there are none. */
export type Paint = (tone: Tone, text: string) => string

const CODES: Record<Tone, string> = {
  plain: '',
  dim: '2',
  bold: '1',
  red: '31',
  green: '32',
  yellow: '33',
  cyan: '36',
}

/** Columns of output that nobody looks at: the same as on a terminal of the usual width. */
const USUAL_WIDTH = 80
const USUAL_HEIGHT = 24
/** Narrower than this, tables are no tables; the terminal wraps lines instead. */
const LEAST_WIDTH = 40

/**
 * Where a command's output goes: stdout for what was asked for, stderr for what is said beside it.
 */
export class Terminal {
  readonly #name: string
  readonly #out: Screen
  readonly #err: Screen
  readonly #env: Readonly<Record<string, string | undefined>>
  #gone = false

  /**
   * `name`: of the command, before what went wrong. `gone` is called once stdout takes no more, with
   * why: nobody reads it, as when it is piped into `head`, or the disk is full.
   */
  constructor(
    name: string,
    out: Screen,
    err: Screen,
    env: Readonly<Record<string, string | undefined>>,
    gone: (error: Error) => void,
  ) {
    this.#name = name
    this.#out = out
    this.#err = err
    this.#env = env
    out.on('error', (error: Error) => {
      if (this.#gone) return
      this.#gone = true
      gone(error)
    })
    // A message that cannot be told cannot be told: the exit code still says what happened.
    err.on('error', () => {})
  }

  /** Whether a person is looking at stdout, or at stderr. */
  get isTerminal(): boolean {
    return this.#out.isTTY === true
  }

  get notesSeen(): boolean {
    return this.#err.isTTY === true
  }

  /** Whether things can be drawn in place: a dumb terminal cannot do that. */
  get draws(): boolean {
    return this.isTerminal && this.#env['TERM'] !== 'dumb'
  }

  /** Whether what is painted has colours. */
  get colours(): boolean {
    return this.#coloured(this.#out)
  }

  /** Whether the locale has characters beyond ASCII. */
  get unicode(): boolean {
    const { LC_ALL, LC_CTYPE, LANG } = this.#env
    const locale = LC_ALL || LC_CTYPE || LANG
    return process.platform === 'win32' || locale === undefined || /utf-?8/i.test(locale)
  }

  /** Calls it whenever the size changes, until what it returns is called. */
  resized(listener: () => void): () => void {
    this.#out.on('resize', listener)
    return () => this.#out.off('resize', listener)
  }

  /** Columns for tables and texts. */
  get width(): number {
    return Math.max(LEAST_WIDTH, (this.isTerminal && this.#out.columns) || USUAL_WIDTH)
  }

  /** Columns of the terminal however narrow, for what is drawn. */
  get columns(): number {
    return this.#out.columns || USUAL_WIDTH
  }

  /** Lines of a screen. */
  get height(): number {
    return (this.isTerminal && this.#out.rows) || USUAL_HEIGHT
  }

  /** Writes to stdout as it is, for what is drawn. */
  write(text: string): void {
    if (!this.#gone) this.#out.write(text)
  }

  readonly paint: Paint = (tone, text) => this.#painted(this.#out, tone, text)

  /** Writes to stdout. Resolves when there is room for more, or nobody reads any more. */
  async print(text: string): Promise<void> {
    if (this.#gone || this.#out.write(`${text}\n`)) return
    const out = this.#out
    await new Promise<void>((resolve) => {
      const done = () => {
        out.off('drain', done)
        out.off('error', done)
        resolve()
      }
      out.once('drain', done)
      out.once('error', done)
    })
  }

  /** One line on stderr. */
  note(line: string, tone: Tone = 'plain'): void {
    this.#err.write(`${this.#painted(this.#err, tone, line)}\n`)
  }

  /** What went wrong, in one line on stderr. */
  fail(message: string): void {
    this.#err.write(`${this.#painted(this.#err, 'red', `${this.#name}:`)} ${message}\n`)
  }

  /** A line that the next one takes the place of, for people only. Empty: takes it away. */
  progress(line: string): void {
    if (this.notesSeen) this.#err.write(`\r\u001b[K${this.#painted(this.#err, 'dim', line)}`)
  }

  #painted(screen: Screen, tone: Tone, text: string): string {
    if (!this.#coloured(screen) || tone === 'plain' || text === '') return text
    return `\u001b[${CODES[tone]}m${text}\u001b[0m`
  }

  #coloured(screen: Screen): boolean {
    return !this.#env['NO_COLOR'] && this.#env['TERM'] !== 'dumb' && screen.isTTY === true
  }
}
