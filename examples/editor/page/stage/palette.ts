// The canvas has the colours of the page: read from its style, again when light and dark change.
import type { Kind } from '../../src/scene/entity.js'

export interface Palette {
  readonly kinds: Readonly<Record<Kind, string>>
  readonly stage: string
  readonly outside: string
  readonly dots: string
  readonly line: string
  readonly text: string
  readonly accent: string
  readonly font: string
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    kinds: { drifter: colour('drifter'), orbiter: colour('orbiter'), flocker: colour('flocker') },
    stage: colour('stage'),
    outside: colour('raised'),
    dots: colour('dots'),
    line: colour('line'),
    text: colour('text'),
    accent: colour('accent'),
    font: style.fontFamily,
  }
}

/** Calls `use` now, and whenever the colours change. */
export function watchPalette(use: (palette: Palette) => void): void {
  use(readPalette())
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => use(readPalette()))
}
