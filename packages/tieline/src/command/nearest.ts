// The name that was probably meant, for messages about names that do not exist.

/** The nearest of the names, or undefined when none is near enough to be a slip of the finger. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const wanted = bare(given)
  if (wanted === '') return undefined
  // A quarter of the letters: 'lsiten' is listen, 'subscribe' is not describe.
  const most = Math.max(1, Math.floor(wanted.length / 4))
  let best: string | undefined
  let bestDistance = most + 1
  for (const name of names) {
    const known = bare(name)
    const begun = wanted.length >= 3 && known.startsWith(wanted)
    const distance = begun ? 1 : edits(wanted, known)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

function bare(name: string): string {
  return name.replace(/^-+/, '').toLowerCase()
}

/** Letters to add, drop, change or swap with their neighbour until `a` is `b`. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (above[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (before[column - 2] as number) + 1)
      }
      current.push(cost)
    }
    before = above
    above = current
  }
  return above[b.length] as number
}
