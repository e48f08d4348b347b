// Small things that all parts of the page write: escaped text, figures, ratios.
import { number } from '../report.js'
import type { Spread } from '../statistics.js'

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A name in a legend, with a swatch of that class: they never stand on two lines. */
export function keyed(colour: string, name: string): string {
  return `<span class="keyed"><i class="key ${colour}"></i>${escaped(name)}</span>`
}

/** With its unit. */
export function figureText(figure: Spread | undefined, unit: string): string {
  if (figure === undefined) return '–'
  const { median } = figure
  // From a hundred thousand on the last digits say nothing.
  const text =
    median >= 1e6
      ? `${(median / 1e6).toFixed(2)} M`
      : median >= 1e5
        ? `${Math.round(median / 1e3)} k`
        : number(median)
  return `${text}${unit.startsWith('/') || unit === '' ? '' : ' '}${unit}`
}

export function ratioText(ratio: Spread | undefined): string {
  return ratio === undefined ? '' : `${times(ratio.median)}×`
}

/** Two digits that mean something. */
export function times(ratio: number): string {
  if (Number.isNaN(ratio)) return '–'
  if (ratio >= 10) return number(ratio, 0)
  if (ratio >= 1) return number(ratio, ratio >= 3 ? 1 : 2)
  return ratio >= 0.1 ? ratio.toFixed(2) : ratio.toFixed(3)
}

export function between({ low, high }: Spread, unit: string): string {
  return low === high ? '' : `quartiles ${number(low)} to ${number(high)} ${unit}`
}
