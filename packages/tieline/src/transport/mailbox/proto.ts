// Values that were read from a file, freed of the key `__proto__`, which would be an object's own
// property here and its prototype after one careless copy.

// The key as it is, or an escape of a letter that is in it.
const MAY_NAME_PROTO = /__proto__|\\u00[567]/i

/** The same value; `text` is what it was parsed from. */
export function withoutProto(text: string, value: unknown): unknown {
  if (MAY_NAME_PROTO.test(text)) strip(value)
  return value
}

function strip(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const item of Object.values(value)) strip(item)
}
