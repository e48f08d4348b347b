import { expect, test } from 'vitest'
import { z } from 'zod'
import { typeText } from './type-text.js'

const of = (schema: z.ZodType) => typeText(z.toJSONSchema(schema, { io: 'input' }))

test.each<[string, z.ZodType]>([
  ['string', z.string()],
  ['number', z.number()],
  ['boolean | null', z.boolean().nullable()],
  ['"a" | "b"', z.enum(['a', 'b'])],
  ['1', z.literal(1)],
  ['any', z.any()],
  ['{ name: string, age?: number }', z.object({ name: z.string(), age: z.number().optional() })],
  ['{ "no-break": string }'.replace(/"/g, ''), z.object({ 'no-break': z.string() })],
  ['{ "a b": string }', z.object({ 'a b': z.string() })],
  ['object', z.object({})],
  ['{ [name]: number }', z.record(z.string(), z.number())],
  ['string[]', z.array(z.string())],
  ['(string | number)[]', z.array(z.union([z.string(), z.number()]))],
  ['{ a: "x" | "y" }[]', z.array(z.object({ a: z.enum(['x', 'y']) }))],
  ['[string, number]', z.tuple([z.string(), z.number()])],
])('%s', (text, schema) => {
  expect(of(schema)).toBe(text)
})

test('a schema that says nothing is any', () => {
  expect([typeText(true), typeText({}), typeText(undefined), typeText(7)]).toEqual(
    Array.from({ length: 4 }, () => 'any'),
  )
})

test('the fields of positional params come in their order', () => {
  const schema = z.toJSONSchema(z.object({ b: z.string(), a: z.string(), c: z.string() }))
  expect(typeText(schema, ['a', 'b'])).toBe('{ a: string, b: string, c: string }')
})

test('a type that contains itself comes to an end', () => {
  interface Tree {
    children: Tree[]
  }
  const tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => tree)) })
  expect(of(tree)).toBe('{ children: …[] }')
  let deep: z.ZodType = z.string()
  for (let depth = 0; depth < 20; depth++) deep = z.object({ in: deep })
  expect(of(deep)).toBe('{ in: { in: { in: { in: { in: … } } } } }')
})
