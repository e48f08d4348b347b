// What the words and values of a command line stand for: endpoints, protocols and JSON. Everything
// that is wrong with them is told as wrong usage.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Channel } from '../src/channel/channel.js'
import { usage } from '../src/command/usage.js'
import type { Protocol } from '../src/dialect/dialect.js'
import { toError } from '../src/errors.js'
import { fromJson } from './json-form.js'

const SCHEME = /^[A-Za-z][\w+.-]*:/
const WINDOWS_PIPE = /^\\\\[.?]\\pipe\\/i

/** An endpoint, where a path to a socket will do: names have no `/` in them, so it is unambiguous. */
export function endpointFrom(word: string): string {
  if (WINDOWS_PIPE.test(word)) return `pipe:${word.replace(WINDOWS_PIPE, '')}`
  if (SCHEME.test(word) || !word.includes('/')) return word
  return `unix:${resolve(word)}`
}

type Unit = Channel['unit']

const PROTOCOLS: Readonly<Record<string, (unit: Unit) => Promise<Protocol>>> = {
  native: async (unit) =>
    (await import('../src/dialect/native.js')).native({
      over: unit === 'message' ? 'messages' : 'bytes',
    }),
  'msgpack-rpc': async () => (await import('../src/dialect/msgpack-rpc.js')).msgpackRpc(),
  'json-rpc': (unit) => jsonRpc(unit === 'message' ? 'message' : 'lines'),
  'json-rpc-content-length': () => jsonRpc('content-length'),
}

async function jsonRpc(framing: 'lines' | 'content-length' | 'message'): Promise<Protocol> {
  return (await import('../src/dialect/json-rpc/index.js')).jsonRpc({ framing })
}

/** The protocol of `--protocol`, native unless told, in the form that the endpoint's channels carry. */
export async function protocolFrom(name = 'native', unit: Unit = 'bytes'): Promise<Protocol> {
  const load = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined
  if (load !== undefined) return load(unit)
  const names = Object.keys(PROTOCOLS)
  const otherwise = `there are ${names.join(', ')}`
  throw usage(`there is no protocol '${name}'`, { given: name, among: names, otherwise })
}

/** The value of a JSON argument: the text itself, `-` for stdin, `@FILE` for a file. */
export async function jsonFrom(word: string | undefined, signal: AbortSignal): Promise<unknown> {
  if (word === undefined) return undefined
  if (word === '-') return parsed(await fromStdin(signal), 'the JSON on stdin')
  if (word.startsWith('@')) return parsed(await fromFile(word.slice(1)), word.slice(1))
  return parsed(word, 'the JSON argument')
}

/**
 * Params as the protocol takes them: an array where they are positional, an array or an object where
 * they may be named too, else the value itself.
 */
export function paramsFor({ params }: Protocol, value: unknown): unknown {
  if (params === 'value' || Array.isArray(value)) return value
  const isAbsent = value === undefined
  if (params === 'named' && (isAbsent || (typeof value === 'object' && value !== null)))
    return value
  return isAbsent ? [] : [value]
}

async function parsed(text: string, what: string): Promise<unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { describeFault } = await import('./json-message.js')
    throw usage(describeFault(text, what) ?? `${what} is no JSON: ${toError(error).message}`)
  }
  return fromJson(value)
}

async function fromFile(path: string): Promise<string> {
  if (path === '') throw usage('@ needs the name of a file: @params.json')
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : toError(error).message
    throw usage(`cannot read the JSON from ${path}: ${why}`)
  }
}

async function fromStdin(signal: AbortSignal): Promise<string> {
  const { stdin } = process
  const leave = () => stdin.destroy(new Error('interrupted'))
  signal.addEventListener('abort', leave)
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stdin) chunks.push(chunk as Buffer)
  } finally {
    signal.removeEventListener('abort', leave)
  }
  return Buffer.concat(chunks).toString('utf8')
}
