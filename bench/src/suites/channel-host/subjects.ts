// Who is compared in the suite of the channel host, and in which works.
import type { Group } from '../../subject.js'
import type { Work } from './asks.js'
import type { Role } from './start.js'

interface Subject {
  readonly title: string
  readonly group: Group
  /** Its processes between client and echo, in the order in which they start. */
  readonly roles: readonly Role[]
}

/** The floor first. */
export const subjects = {
  'two-hops': {
    title: 'by hand: a WebSocket server that passes each message to a process that echoes bytes',
    group: 'floor',
    roles: ['bare-socket', 'bare-relay'],
  },
  'two-hops-joined': {
    title: 'the same, with what one tick writes joined in one write',
    group: 'peer',
    roles: ['bare-socket', 'bare-relay-joined'],
  },
  'one-hop': {
    title: 'by hand: a WebSocket server that echoes; there is no agent',
    group: 'peer',
    roles: ['bare-echo'],
  },
  'channel-host': {
    title: 'the host, and an agent in a process of its own',
    group: 'ours',
    roles: ['host', 'agent'],
  },
  'agent-inside': {
    title: 'the host with the agent in its own process: compare it with one-hop',
    group: 'ours',
    roles: ['inside'],
  },
} as const satisfies Readonly<Record<string, Subject>>

export type SubjectName = keyof typeof subjects

export function isSubject(name: string): name is SubjectName {
  return Object.hasOwn(subjects, name)
}

interface Task {
  readonly title: string
  readonly short: string
  /** What is compared: time where one message is on its way, else how many pass. */
  readonly figure: 'p50' | 'rate'
  readonly work: Omit<Work, 'ms'>
}

export const works = {
  'small-one': {
    title: '100 bytes, one on its way',
    short: '100 B, 1',
    figure: 'p50',
    work: { bytes: 100, inFlight: 1, channels: 1 },
  },
  'small-hundred': {
    title: '100 bytes, 100 on their way',
    short: '100 B, 100',
    figure: 'rate',
    work: { bytes: 100, inFlight: 100, channels: 1 },
  },
  'large-one': {
    title: '16 KiB, one on its way',
    short: '16 KiB, 1',
    figure: 'p50',
    work: { bytes: 16 * 1024, inFlight: 1, channels: 1 },
  },
  'large-hundred': {
    title: '16 KiB, 100 on their way',
    short: '16 KiB, 100',
    figure: 'rate',
    work: { bytes: 16 * 1024, inFlight: 100, channels: 1 },
  },
  'thousand-channels': {
    title: '1,000 channels, one of 100 bytes on its way on each',
    short: '1,000 channels',
    figure: 'rate',
    work: { bytes: 100, inFlight: 1, channels: 1000 },
  },
} as const satisfies Readonly<Record<string, Task>>

export type TaskName = keyof typeof works
