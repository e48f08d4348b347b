// The page's elements: found, made and written. Texts are set as text and never read as markup.

/** Throws for an id that the page does not have: a mistake in the page itself. */
export function byId<E extends Element = HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found as Element as E
}

/** Writes a text when it is another one: a page that repeats itself wakes screen readers up. */
export function write(target: string | Element, text: string): void {
  const element = typeof target === 'string' ? byId(target) : target
  if (element.textContent !== text) element.textContent = text
}

export function made<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...content)
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

export function drawn<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>> = {},
  text?: string,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  if (text !== undefined) element.textContent = text
  return element
}
