import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type } from '../service/schema.js'
import { call, contract, notify, stream } from './contract.js'
import { describe } from './describe.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.2',
  methods: {
    ticks: stream({ output: type<number>(), resumable: true }),
    hello: call({
      input: z.object({ name: z.string(), loud: z.boolean().default(false) }),
      output: z.string(),
      items: v.number(),
      params: ['name', 'loud'],
      errors: { 'not-found': z.object({ key: z.string() }), busy: true },
      summary: 'Greets somebody',
      idempotent: true,
    }),
    born: call({ output: z.date() }),
    log: notify({ input: v.string() }),
  },
})

test('a contract is told as plain JSON, by name', () => {
  const description = describe(Greeter)
  expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  expect(description).toEqual({
    name: 'greeter',
    version: '1.2',
    methods: [
      { name: 'born', kind: 'call', output: true },
      {
        name: 'hello',
        kind: 'call',
        summary: 'Greets somebody',
        input: expect.objectContaining({
          type: 'object',
          properties: {
            name: { type: 'string' },
            loud: expect.objectContaining({ type: 'boolean' }),
          },
          required: ['name'],
        }),
        output: expect.objectContaining({ type: 'string' }),
        items: true,
        params: ['name', 'loud'],
        errors: [
          { code: 'not-found', data: expect.objectContaining({ type: 'object' }) },
          { code: 'busy' },
        ],
        idempotent: true,
      },
      { name: 'log', kind: 'notify', input: true },
      { name: 'ticks', kind: 'stream', output: true, resumable: true },
    ],
  })
})
