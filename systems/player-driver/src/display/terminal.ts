// Draws a display on a terminal and keeps it up to date: once for each change that arrives, and
// when the passing time alone moves the bar or the clock. Writes over its own lines.
import type { VirtualDisplay } from '../devices/virtual-display.js'
import { nextChange, oneLine, type RenderOptions, render } from './render.js'

export interface Screen {
  write(text: string): void
  /** Columns and rows now; they may change between calls. */
  columns(): number
  rows(): number
}

export interface TerminalOptions extends Omit<RenderOptions, 'width' | 'height'> {
  readonly screen: Screen
  /**
   * `live`: drawn in place. `log`: one line per change that arrives, for output that is not a
   * terminal.
   */
  readonly mode: 'live' | 'log'
  /** Runs something once, after milliseconds. For tests; a timer otherwise. */
  readonly after?: (ms: number, run: () => void) => { cancel(): void }
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_BELOW = '\x1b[J'

/** Milliseconds between two drawings at the least. 50: a bar that moves faster only costs. */
const CALM_MS = 50

export class Terminal {
  readonly #display: VirtualDisplay
  readonly #options: TerminalOptions
  readonly #after: (ms: number, run: () => void) => { cancel(): void }
  #timer: { cancel(): void } | undefined
  /** Lines drawn last, which the cursor stands below. */
  #drawn: string[] = []
  #width = 0
  #lastLine = ''
  #open = true

  /** Draws at once. */
  constructor(display: VirtualDisplay, options: TerminalOptions) {
    this.#display = display
    this.#options = options
    this.#after = options.after ?? startTimer
    if (options.mode === 'live') options.screen.write(HIDE_CURSOR)
    this.draw()
  }

  /** Call for each change of the display and of the terminal's size. Nothing after `close`. */
  draw(): void {
    if (!this.#open) return
    this.#timer?.cancel()
    if (this.#options.mode === 'log') this.#writeLine()
    else this.#drawLive()
  }

  /** A line of text, above what is drawn. */
  note(text: string): void {
    if (!this.#open) return
    const line = `${text}\n`
    this.#options.screen.write(this.#options.mode === 'live' ? this.#eraser() + line : line)
    this.#drawn = []
    this.draw()
  }

  /** Draws below what somebody else has written: after the process was stopped and goes on. */
  drawAnew(): void {
    if (!this.#open || this.#options.mode !== 'live') return
    this.#options.screen.write(HIDE_CURSOR)
    this.#drawn = []
    this.draw()
  }

  /** Leaves what is drawn and gives the cursor back. Idempotent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#timer?.cancel()
    if (this.#options.mode === 'live') this.#options.screen.write(SHOW_CURSOR)
  }

  #drawLive(): void {
    const { screen } = this.#options
    const width = Math.max(1, screen.columns())
    const shown = this.#display.shown()
    // The cursor waits in a row below the lines.
    const lines = render(shown, { ...this.#options, width, height: screen.rows() - 1 })
    if (width !== this.#width || lines.length !== this.#drawn.length) this.#drawAll(lines)
    else this.#drawChanged(lines)
    this.#drawn = lines
    this.#width = width
    const next = nextChange(shown, width)
    if (next === undefined) return
    this.#timer = this.#after(Math.max(next, CALM_MS), () => this.draw())
  }

  #drawAll(lines: readonly string[]): void {
    const all = lines.map((line) => `${line}\n`).join('')
    this.#options.screen.write(`${this.#eraser()}${all}`)
  }

  /** After a change of width the terminal has broken the old lines anew: only what follows is known. */
  #eraser(): string {
    const width = Math.max(1, this.#options.screen.columns())
    const up = this.#drawn.length * Math.ceil(this.#width / width)
    return up > 0 ? `\x1b[${up}F${CLEAR_BELOW}` : CLEAR_BELOW
  }

  #drawChanged(lines: readonly string[]): void {
    let out = ''
    for (const [index, line] of lines.entries()) {
      if (line === this.#drawn[index]) continue
      const up = lines.length - index
      out += `\x1b[${up}F${line}\x1b[${up}E`
    }
    if (out !== '') this.#options.screen.write(out)
  }

  #writeLine(): void {
    const line = oneLine(this.#display.shown())
    if (line === this.#lastLine) return
    this.#lastLine = line
    this.#options.screen.write(`${line}\n`)
  }
}

function startTimer(ms: number, run: () => void): { cancel(): void } {
  const timer = setTimeout(run, ms)
  return { cancel: () => clearTimeout(timer) }
}
