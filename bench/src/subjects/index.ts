// The subjects by name. Each is imported only in the processes that run it, so that no subject pays
// for another's dependencies.
import type { Subject } from '../subject.js'

const subjects = {
  raw: () => import('./raw.js'),
  'raw-joined': () => import('./raw-joined.js'),
  'tieline-native': () => import('./tieline-native.js'),
  'tieline-native-peer': () => import('./tieline-native-peer.js'),
  'tieline-msgpack-rpc': () => import('./tieline-msgpack-rpc.js'),
  'tieline-msgpack-rpc-peer': () => import('./tieline-msgpack-rpc-peer.js'),
  'process-send-json': () => import('./process-send-json.js'),
  'process-send-advanced': () => import('./process-send-advanced.js'),
  'message-port': () => import('./message-port.js'),
} satisfies Record<string, () => Promise<{ readonly subject: Subject }>>

export type SubjectName = keyof typeof subjects

export function isSubjectName(name: string): name is SubjectName {
  return Object.hasOwn(subjects, name)
}

export async function loadSubject(name: SubjectName): Promise<Subject> {
  return (await subjects[name]()).subject
}
