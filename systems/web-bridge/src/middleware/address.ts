// Client addresses as whoever counts by them wants them.

/**
 * An IPv4 address as it is, also when a socket tells it as IPv6; of an IPv6 address the first 64 bits:
 * one client has them all to itself, and could be another one with every request.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...new Array<string>(middle).fill('0'), ...last]
  return `${groups.slice(0, 4).map(short).join(':')}::/64`
}

function short(group: string): string {
  return group.toLowerCase().replace(/^0+(?=.)/, '')
}
