// A JSON Schema as the short text that people write for a type: `{ name: string, age?: integer }`.

/** Objects inside one another that are spelled out. Deeper, `--json` has the whole schema. */
const DEEPEST = 4

/** `order`: names of the object's fields that come first, in this order. */
export function typeText(schema: unknown, order: readonly string[] = []): string {
  return text(schema, 0, order)
}

function text(schema: unknown, depth: number, order: readonly string[] = []): string {
  if (!isObject(schema)) return 'any'
  if (depth > DEEPEST) return '…'
  if ('const' in schema) return JSON.stringify(schema.const) ?? 'any'
  if (Array.isArray(schema.enum)) return union(schema.enum.map((each) => JSON.stringify(each)))
  const alternatives = schema.anyOf ?? schema.oneOf
  if (Array.isArray(alternatives)) return union(alternatives.map((each) => text(each, depth)))
  if (Array.isArray(schema.allOf)) {
    return schema.allOf.map((each) => grouped(text(each, depth))).join(' & ')
  }
  if (typeof schema.$ref === 'string')
    return schema.$ref.split('/').at(-1)?.replace('#', '…') ?? '…'
  const { type } = schema
  if (Array.isArray(type)) return union(type.map((each) => text({ ...schema, type: each }, depth)))
  if (type === 'array') return arrayText(schema, depth)
  if (type === 'object' || isObject(schema.properties)) return objectText(schema, depth, order)
  return typeof type === 'string' ? type : 'any'
}

function arrayText(schema: JsonObject, depth: number): string {
  if (Array.isArray(schema.prefixItems)) {
    const items = schema.prefixItems.map((each) => text(each, depth + 1))
    if (isObject(schema.items)) items.push(`…${grouped(text(schema.items, depth + 1))}[]`)
    return `[${items.join(', ')}]`
  }
  return `${grouped(text(schema.items, depth + 1))}[]`
}

function objectText(schema: JsonObject, depth: number, order: readonly string[]): string {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const named = order.filter((name) => Object.hasOwn(properties, name))
  const names = [...new Set([...named, ...Object.keys(properties)])]
  const fields = names.map((name) => {
    const mark = required.has(name) ? '' : '?'
    return `${fieldName(name)}${mark}: ${text(properties[name], depth + 1)}`
  })
  if (
    isObject(schema.additionalProperties) &&
    Object.keys(schema.additionalProperties).length > 0
  ) {
    fields.push(`[name]: ${text(schema.additionalProperties, depth + 1)}`)
  }
  if (fields.length === 0) return 'object'
  return `{ ${fields.join(', ')} }`
}

function fieldName(name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? name : JSON.stringify(name)
}

function union(alternatives: readonly string[]): string {
  return [...new Set(alternatives)].join(' | ')
}

function grouped(type: string): string {
  const isUnion = / [|&] /.test(type) && !/^[[{].*[\]}]$/.test(type)
  return isUnion ? `(${type})` : type
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
