// What moves by itself between two messages: twenty times a second, or twice for who wants no motion.

const calm = matchMedia('(prefers-reduced-motion: reduce)')
/** Milliseconds from one picture to the next: what moves here moves less than a pixel in that. */
const PICTURE_MS = 50
const CALM_MS = 500

export function wantsCalm(): boolean {
  return calm.matches
}

/** Calls `draw` for as long as the page is there, and not while nobody can see it. */
export function eachPicture(draw: (now: number) => void): void {
  const next = () => {
    requestAnimationFrame(() => {
      draw(Date.now())
      setTimeout(next, wantsCalm() ? CALM_MS : PICTURE_MS)
    })
  }
  next()
}
