// What the server of browser.test.ts answers to its page.
import { call, contract, stream, type } from 'tieline'

export const Clockwork = contract({
  name: 'clockwork',
  version: '1.0',
  methods: {
    hello: call({ input: type<{ name: string }>(), output: type<string>() }),
    echo: call({ input: type<Uint8Array>(), output: type<Uint8Array>() }),
    count: stream({ input: type<{ to: number }>(), output: type<number>() }),
    boom: call({ input: type<null>(), output: type<null>() }),
  },
})
