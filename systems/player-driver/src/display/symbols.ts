// The characters and colours of the terminal display, with and without Unicode.
import { Status } from '../domain/types.js'

export interface Symbols {
  readonly status: Readonly<Record<Status, string>>
  readonly topLeft: string
  readonly topRight: string
  readonly bottomLeft: string
  readonly bottomRight: string
  readonly across: string
  readonly down: string
  readonly done: string
  /** The end of what is done, when it reaches half of a cell. */
  readonly half: string
  readonly left: string
  readonly between: string
  readonly times: string
  readonly more: string
}

/** Only characters of one column in every common font: emoji forms of play and pause are not. */
export const unicodeSymbols: Symbols = {
  status: {
    [Status.Stopped]: '■',
    [Status.Playing]: '▶',
    [Status.Paused]: '❚❚',
    [Status.Seeking]: '»',
    [Status.Buffering]: '◌',
    [Status.Error]: '✗',
    [Status.Unknown]: '○',
  },
  topLeft: '╭',
  topRight: '╮',
  bottomLeft: '╰',
  bottomRight: '╯',
  across: '─',
  down: '│',
  done: '━',
  half: '╸',
  left: '─',
  between: '·',
  times: '×',
  more: '…',
}

export const asciiSymbols: Symbols = {
  status: {
    [Status.Stopped]: '#',
    [Status.Playing]: '>',
    [Status.Paused]: '||',
    [Status.Seeking]: '>>',
    [Status.Buffering]: '..',
    [Status.Error]: '!',
    [Status.Unknown]: 'o',
  },
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  across: '-',
  down: '|',
  done: '=',
  half: '>',
  left: '-',
  between: '-',
  times: 'x',
  more: '...',
}

/** Styles by the terminal's own sixteen colours, so that they suit light and dark ones. */
export type Style = 'bold' | 'faint' | 'green' | 'yellow' | 'red' | 'cyan'

const SGR: Readonly<Record<Style, string>> = {
  bold: '1',
  faint: '2',
  green: '32',
  yellow: '33',
  red: '31',
  cyan: '36',
}

export const statusStyles: Readonly<Record<Status, Style>> = {
  [Status.Stopped]: 'faint',
  [Status.Playing]: 'green',
  [Status.Paused]: 'yellow',
  [Status.Seeking]: 'cyan',
  [Status.Buffering]: 'yellow',
  [Status.Error]: 'red',
  [Status.Unknown]: 'faint',
}

/** The text in a style; as it is when there is nothing to colour. */
export function styled(text: string, style: Style, colour: boolean): string {
  return colour && text !== '' ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text
}
