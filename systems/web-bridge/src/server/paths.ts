// Which paths are routed at all. A path is decoded once, by the router, so what it could hide from a
// handler that joins it to a folder is refused before: dot segments and NUL, in any spelling.

// Nearly all paths have neither of these, and are not looked at any further.
const SUSPECT = /\.\.|%2e|%00|\\|%5c|\0/i

/** False for a path that climbs or has a NUL once it is decoded, or that can not be decoded. */
export function isPlainPath(url: string): boolean {
  if (!SUSPECT.test(url)) return true
  const end = url.search(/[?#]/)
  const path = end === -1 ? url : url.slice(0, end)
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return false
  }
  if (decoded.includes('\0')) return false
  return !decoded.split(/[/\\]/).some((segment) => segment === '..' || segment === '.')
}
