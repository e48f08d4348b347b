// The page's elements by their ids, and small texts.

/** Throws for an id that the page does not have: a mistake in the page itself. */
export function element<E extends Element = HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no element ${id}`)
  return found as Element as E
}

/** Writes a text when it is another one: a page that repeats itself wakes screen readers up. */
export function write(id: string, text: string): void {
  const target = element(id)
  if (target.textContent !== text) target.textContent = text
}
