// What moves by itself between two messages: drawn with the browser's frames, or twice a second for who
// wants no motion.

const calm = matchMedia('(prefers-reduced-motion: reduce)')
const CALM_MS = 500

export function wantsCalm(): boolean {
  return calm.matches
}

/** Calls `draw` for as long as the page is there. */
export function eachFrame(draw: (now: number) => void): void {
  const next = () => {
    draw(Date.now())
    if (wantsCalm()) setTimeout(next, CALM_MS)
    else requestAnimationFrame(next)
  }
  next()
}
