// Tieline's own protocol with zod on both sides: params and results checked by the server, answers and
// items by the client.
import { native } from 'tieline'
import { z } from 'zod'
import { served } from './tieline.js'

const work = z.object({
  id: z.int(),
  name: z.string(),
  state: z.string(),
  title: z.string(),
  at: z.number(),
  length: z.number(),
  rate: z.number(),
  muted: z.boolean(),
  tags: z.array(z.string()),
})

export const subject = served('tieline-zod', {
  protocol: native(),
  title: 'native, zod schemas checked on both sides, defaults',
  schemas: { work, bytes: z.instanceof(Uint8Array) },
})
