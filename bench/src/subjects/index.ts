// The subjects by name. Each is imported only in the processes that run it, so that no subject pays
// for another's dependencies.
import type { Subject } from '../subject.js'
import { UsageError } from '../usage-error.js'

const subjects = {
  raw: () => import('./raw.js'),
  'raw-joined': () => import('./raw-joined.js'),
  'raw-bare': () => import('./raw-bare.js'),
  'tieline-native': () => import('./tieline-native.js'),
  'tieline-native-peer': () => import('./tieline-native-peer.js'),
  'tieline-busy': () => import('./tieline-busy.js'),
  'tieline-zod': () => import('./tieline-zod.js'),
  'tieline-msgpack-rpc': () => import('./tieline-msgpack-rpc.js'),
  'tieline-msgpack-rpc-peer': () => import('./tieline-msgpack-rpc-peer.js'),
  'tieline-json-rpc': () => import('./tieline-json-rpc.js'),
  'tieline-websocket': () => import('./tieline-websocket.js'),
  'message-port': () => import('./message-port.js'),
  'process-send-json': () => import('./process-send-json.js'),
  'process-send-advanced': () => import('./process-send-advanced.js'),
  birpc: () => import('./birpc.js'),
  zeromq: () => import('./zeromq.js'),
  'vscode-jsonrpc': () => import('./vscode-jsonrpc.js'),
  capnweb: () => import('./capnweb.js'),
  trpc: () => import('./trpc.js'),
  jayson: () => import('./jayson.js'),
  'http-unix': () => import('./http-unix.js'),
  'http-fetch': () => import('./http-fetch.js'),
  grpc: () => import('./grpc.js'),
} satisfies Record<string, () => Promise<{ readonly subject: Subject }>>

export type SubjectName = keyof typeof subjects

/** The other libraries, between two processes. */
export const others: readonly SubjectName[] = [
  'birpc',
  'zeromq',
  'vscode-jsonrpc',
  'capnweb',
  'trpc',
  'jayson',
  'http-unix',
  'http-fetch',
  'grpc',
]

export function isSubjectName(name: string): name is SubjectName {
  return Object.hasOwn(subjects, name)
}

export async function loadSubject(name: SubjectName): Promise<Subject> {
  return (await subjects[name]()).subject
}

/** Those of the given names that are listed. A name that no subject has is a `UsageError`. */
export function subjectsAmong(
  names: readonly string[],
  listed: readonly SubjectName[],
): SubjectName[] {
  const wrong = names.find((name) => !isSubjectName(name))
  if (wrong !== undefined)
    throw new UsageError(`no subject is named ${wrong}; there are ${listed.join(', ')}`)
  return listed.filter((name) => names.includes(name))
}
