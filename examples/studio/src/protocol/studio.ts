// What the page and the studio's agent say to each other: one contract, over one channel. Every source
// says over what it came, and whether it is there now.
import { call, contract, stream, type } from 'tieline'
import { asked } from './asked.js'

/** A value of one of the five systems, and how it comes to the agent. */
export interface Seen<T> {
  /** Transport and dialect: `Unix socket · MessagePack-RPC`. */
  readonly over: string
  readonly state: 'waiting' | 'up' | 'lost'
  /** Why it is not up. */
  readonly why: string | null
  /** The last that was seen, also while it is lost. */
  readonly value: T | null
}

export interface Texts {
  readonly title: string | null
  readonly artist: string | null
  readonly album: string | null
}

export interface Playing {
  readonly status: 'playing' | 'paused' | 'stopped'
  readonly texts: Texts
  readonly next: Texts
  /** Where it was at `at`, milliseconds of Unix time: enough to know where it is at any other moment. */
  readonly positionMs: number | null
  readonly at: number
  readonly durationMs: number | null
  /** Track seconds a second; 0 while it stands. */
  readonly rate: number
}

export interface ProcessRow {
  readonly name: string
  readonly about: string
  /** `running`, `starting`, `stopped`, `crashed`; `backoff_exhausted`. */
  readonly state: string
  readonly pid: number | null
  /** Of its whole process group. */
  readonly memoryBytes: number | null
  /** 100 is one core. */
  readonly cpuPercent: number | null
  readonly restarts: number
  readonly uptimeSeconds: number | null
  /** The supervisor itself is not started by anybody here; the page's own way may not be stopped. */
  readonly may: readonly Action[]
}

export type Action = 'start' | 'stop' | 'restart'

export interface Note {
  /** Milliseconds of Unix time. */
  readonly at: number
  readonly text: string
  readonly tone: 'good' | 'bad' | 'plain'
}

export interface Processes {
  readonly rows: readonly ProcessRow[]
  /** Newest first. */
  readonly notes: readonly Note[]
}

/** What the bridge did in one second. */
export interface Second {
  /** Milliseconds of Unix time, at its end. */
  readonly at: number
  /** Answered, by the process that did. */
  readonly by: Readonly<Record<string, number>>
  readonly failed: number
  /** Milliseconds; null when there was nothing to measure. */
  readonly p50: number | null
  readonly p95: number | null
}

export interface Traffic {
  /** Oldest first. */
  readonly seconds: readonly Second[]
  readonly total: number
  /** What the agent asks for, a second. */
  readonly load: number
}

export interface Planning {
  /** Inkscape, Python, Node. */
  readonly host: string
  readonly version: string
  readonly round: number
  /** 0 to 1. */
  readonly done: number
}

/** Points are whole tenths of the drawing's units: x, y, x, y … */
export interface Plan {
  readonly round: number
  readonly width: number
  readonly height: number
  readonly strokes: readonly (readonly number[])[]
  readonly drawn: number
  readonly travelled: number
  readonly tookMs: number
  /** Until the next one is begun. */
  readonly nextMs: number
}

export interface LogLines {
  /** From the beginning: what was shown before is old. */
  readonly fresh: boolean
  readonly lines: readonly { readonly text: string; readonly error: boolean }[]
}

export const MOST_LOAD = 200
export const MOST_BURST = 2000

export const Studio = contract({
  name: 'studio',
  version: '1.0',
  methods: {
    playing: stream({
      output: type<Seen<Playing>>(),
      resumable: true,
      summary: 'What the driver has the studio’s display show; an item when it changes',
    }),
    processes: stream({
      output: type<Seen<Processes>>(),
      resumable: true,
      summary: 'Every process, once a second and at once when one comes or goes',
    }),
    traffic: stream({
      output: type<Seen<Traffic>>(),
      resumable: true,
      summary: 'The bridge’s last seconds',
    }),
    planning: stream({
      output: type<Seen<Planning>>(),
      resumable: true,
      summary: 'How far the plug-in is',
    }),
    plan: stream({ output: type<Plan>(), resumable: true, summary: 'Each plan as it is made' }),
    logs: stream({
      input: asked<{ name: string }>({ name: 'text' }),
      output: type<LogLines>(),
      errors: { refused: true },
      resumable: true,
      summary: 'The last lines of a process, then what it prints',
    }),
    act: call({
      input: asked<{ name: string; action: Action }>({
        name: 'text',
        action: ['start', 'stop', 'restart'],
      }),
      errors: { refused: true },
      summary: 'Starts, stops or restarts a process',
    }),
    load: call({
      input: asked<{ perSecond: number }>({ perSecond: MOST_LOAD }),
      summary: 'Requests a second that the agent sends to the bridge',
    }),
    burst: call({
      input: asked<{ requests: number }>({ requests: MOST_BURST }),
      summary: 'That many at once',
    }),
  },
})
