// Whether one name was probably meant by another, for messages about names that do not exist.

/** The same letters in another order or case, or one more or less: a slip of the finger. */
export function isNear(a: string, b: string): boolean {
  const bare = (name: string) => name.toLowerCase().replace(/[-_]/g, '')
  const [x, y] = [bare(a), bare(b)]
  if (x === y || [...x].sort().join('') === [...y].sort().join('')) return true
  const [long, short] = x.length > y.length ? [x, y] : [y, x]
  if (long.length - short.length > 1) return false
  let at = 0
  while (at < short.length && long[at] === short[at]) at++
  const from = long.length === short.length ? at + 1 : at
  return long.slice(at + 1) === short.slice(from)
}
