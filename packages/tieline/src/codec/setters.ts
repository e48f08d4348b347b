// Setting a property whose name only the wire knows. An engine remembers for each place in a program
// how the property set there is laid out. A single place for all names remembers nothing, and every
// property is looked up anew; so the first names that come get a place each. A third of a read.

/** Sets object[name] = value. */
export type Setter = (object: Record<string, unknown>, name: string, value: unknown) => void

const setAny: Setter = (object, name, value) => {
  object[name] = value
}

/** Objects never get a property of this name: setting it would set the prototype. */
const PROTO = '__proto__'
const setNothing: Setter = () => {}

// The same function 66 times, on purpose: each is a place of its own. So many names have the messages
// of a program that is in a hurry; later ones share `setAny`, and are as fast as without all this.
// biome-ignore format: one line each tells nothing more
const places: readonly Setter[] = [
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
  (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v }, (o, k, v) => { o[k] = v },
]
let taken = 0

/** A setter for objects with any property. */
export function setterOf(name: string): Setter {
  return name === PROTO ? setNothing : setAny
}

/** A setter that is always called with this name. */
export function ownSetterOf(name: string): Setter {
  if (name === PROTO) return setNothing
  return places[taken++] ?? setAny
}
