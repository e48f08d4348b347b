// What the commands have in common: options, and what words stand for.
import type { Option } from '../src/command/options.js'

export const ENDPOINT = `local:NAME, unix:/PATH or the path alone, pipe:NAME,
mailbox:/DIR#SIDE, ws://HOST:PORT/ (TIELINE_TOKEN)`
export const JSON_PARAMS = 'the params; - reads them from stdin, @FILE from a file'

export const protocol = {
  kind: 'text',
  value: 'NAME',
  about: 'native (the default), msgpack-rpc, json-rpc (in lines)\nor json-rpc-content-length',
} as const satisfies Option

export function timeout(about: string) {
  return { kind: 'duration', value: 'TIME', about } as const satisfies Option
}

export function json(about: string) {
  return { kind: 'flag', about } as const satisfies Option
}
