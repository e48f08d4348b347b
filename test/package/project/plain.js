// Plain JavaScript in an empty project: serves, calls, ends by itself.
import { call, connect, contract, serve, type } from 'tieline'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: { hello: call({ input: type(), output: type() }) },
})
const at = `local:tieline-package-${process.pid}`
const server = await serve(Greeter, { hello: ({ name }) => `Hello ${name}` }, { at })
const greeter = await connect(Greeter, { at })
console.log(await greeter.hello({ name: 'Ada' }))
await greeter.$connection.close()
await server.close()
