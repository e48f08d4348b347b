// `channel-host demo`: the example agent, in a host of its own or as an agent of one that runs.
import { command, EXIT, usage } from 'tieline/command'
import { type Agent, ChannelHost, connectAgent, exampleAgent } from '../src/index.js'
import {
  AT,
  checkAgentsAt,
  hostFlagsGiven,
  hostFrom,
  hostOptions,
  Teller,
  until,
  whereToken,
} from './common.js'

/** What befalls the connection to the host. Each attempt to come back fails alike: that is told once. */
function tellOnce(teller: Teller) {
  let last = ''
  const failed = (error: Error) => {
    if (error.message !== last) teller.failed(error)
    last = error.message
  }
  const restored = () => {
    last = ''
    teller.tell('the host is back', 'restored')
  }
  return { failed, lost: failed, restored }
}

export const demo = command({
  name: 'demo',
  options: {
    port: { kind: 'number', value: 'PORT', least: 0, about: 'default 9001; 0: any that is free' },
    at: {
      kind: 'text',
      value: 'ENDPOINT',
      about: `be an agent of the host there, in place of a host of its own`,
    },
    ...hostOptions,
    json: { kind: 'flag', about: 'one line of JSON for each thing that happens' },
  },
  about: `Runs the example agent until Ctrl-C or a message that ends it. The first byte of
a message says what it wants: 0 nothing, 1 an echo, 2 the size of a window,
255 that the agent stops listening.`,
  example: [
    `$ channel-host demo --origin http://127.0.0.1:5173
the example agent listens at ws://127.0.0.1:9001/
clients show the token in /run/user/1000/channel-host/token`,
    `$ channel-host serve &
$ channel-host demo --at local:channel-host`,
  ],
  endsWell: true,
  async run({ args, terminal, signal }) {
    const { at, port = 9001, json } = args.options
    const teller = new Teller(terminal, json)
    const stop = new AbortController()
    const stopped = () => stop.abort()
    if (signal.aborted) stopped()
    signal.addEventListener('abort', stopped, { once: true })
    const run = async (agent: Agent, where: string | undefined) => {
      const { endpoint, port: found } = await exampleAgent(agent, { port, stopped })
      const lines = [`the example agent listens at ${endpoint}`, ...(where ? [where] : [])]
      teller.tell(lines.join('\n'), 'listening', { endpoint, port: found })
      await until(stop.signal)
    }
    if (at !== undefined) {
      checkAgentsAt(at)
      const [given] = hostFlagsGiven(args.options)
      if (given !== undefined) {
        throw usage(`${given} is for a host of its own; with --at, give it to the host's serve`)
      }
      await using agent = await connectAgent({ at, signal, ...tellOnce(teller) })
      await run(agent, undefined)
      return EXIT.done
    }
    const { options, tokenPath } = hostFrom(args.options, AT)
    await using host = new ChannelHost({ ...options, failed: teller.failed })
    await run(host.agent(), whereToken(tokenPath, host.token))
    return EXIT.done
  },
})
