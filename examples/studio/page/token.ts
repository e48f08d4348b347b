// The token comes behind the # of the address: browsers send that part to nobody. It is taken out of
// the address at once, and kept for this tab so that a reload finds it.

const KEY = 'studio-token'

export function takeToken(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given) {
    sessionStorage.setItem(KEY, given)
    history.replaceState(null, '', location.pathname)
  }
  return given ?? sessionStorage.getItem(KEY) ?? undefined
}
