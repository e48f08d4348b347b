// web-bridge call: a function of the server's process, called from a terminal or a script.
import { TielineError } from 'tieline'
import { command, EXIT } from 'tieline/command'
import { connectRpc } from '../src/rpc/client.js'
import { at, tokenFile, tokenFrom } from './common.js'

export const call = command({
  name: 'call',
  words: ['[NAME]', '[JSON]'],
  options: {
    at,
    http: {
      kind: 'text',
      value: 'URL',
      about:
        'where to go when the endpoint can not be reached:\nhttp://127.0.0.1:3000 (needs the token)',
    },
    'token-file': tokenFile,
    timeout: { kind: 'duration', value: 'TIME', about: 'for the answer (default 30s)' },
    stream: { kind: 'flag', about: 'the function streams: a line for each item' },
    json: { kind: 'flag', about: 'also failures as JSON' },
  },
  about: `Calls a function of the server's process and prints its answer as JSON. Without
a NAME it lists the names of all functions.`,
  notes: 'The token of calls over HTTP comes from --token-file or from WEB_BRIDGE_TOKEN.',
  example: `$ web-bridge call add '{"a": 1, "b": 2}'
3`,
  async run({ args, terminal, signal }) {
    const [name, json] = args.words
    const { at: endpoint = 'local:web-bridge', http, timeout, stream } = args.options
    const params = json === undefined ? undefined : parsed(json)
    const token = http === undefined ? undefined : await tokenFrom(args.options['token-file'])
    if (http !== undefined && token === undefined) {
      throw new TielineError('usage', '--http needs the token: --token-file or WEB_BRIDGE_TOKEN')
    }
    await using rpc = await connectRpc({
      at: endpoint,
      signal,
      ...(http !== undefined && token !== undefined && { http: { url: http, token } }),
      chosen: (way, why) => {
        if (way === 'http')
          terminal.note(`over HTTP: ${why?.message ?? 'no local socket'}`, 'yellow')
      },
    })
    const options = { signal, ...(timeout !== undefined && { timeout }) }
    if (name === undefined) {
      for (const each of await rpc.names()) await terminal.print(each)
    } else if (stream) {
      for await (const item of rpc.stream(name, params, options)) await terminal.print(shown(item))
    } else {
      await terminal.print(shown(await rpc.call(name, params, options)))
    }
    return EXIT.done
  },
})

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new TielineError('usage', `the params are not JSON: ${(cause as Error).message}`, {
      cause,
    })
  }
}
