// A contract with types, from every path of the package that such a program may import.
import { call, connect, contract, fail, isTielineError, native, serve, stream } from 'tieline'
import { memoryPair } from 'tieline/channel'
import { messagePack } from 'tieline/codec'
import { Terminal } from 'tieline/command'
import type { BackoffOptions } from 'tieline/connector'
import type { Dialect } from 'tieline/dialect'
import { lengthPrefix } from 'tieline/framing'
import type { Peer } from 'tieline/peer'
import { type Layer, log } from 'tieline/service'
import { websocket } from 'tieline/transport'
import { framed } from 'tieline/wire'
import { z } from 'zod'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({ input: z.object({ name: z.string() }), output: z.string() }),
    ticks: stream({ input: z.object({ until: z.number() }), output: z.number() }),
  },
})

export async function main(layer: Layer, backoff: BackoffOptions): Promise<string> {
  const at = `local:tieline-package-${process.pid}`
  await using server = await serve(
    Greeter,
    {
      hello: ({ name }) => {
        // @ts-expect-error: a name is a text
        name.toFixed()
        if (name === '') throw fail('nobody', 'a greeting needs a name')
        return `Hello ${name}`
      },
      async *ticks({ until }) {
        for (let n = 0; n < until; n++) yield n
      },
    },
    { at, protocol: native(), layers: [layer] },
  )
  await using greeter = await connect(Greeter, { at, reconnect: backoff })
  for await (const tick of greeter.ticks({ until: 2 })) tick.toFixed()
  // @ts-expect-error: there is no such method
  await greeter.goodbye().catch((error: unknown) => isTielineError(error, 'unknown-method'))
  return `${await greeter.hello({ name: 'Ada' })} at ${server.endpoint}`
}

export type Wanted = [Dialect<unknown>, Peer]
export const used = [memoryPair, messagePack, Terminal, lengthPrefix, log, websocket, framed]
