// What the page and the agent say to each other, as two contracts: the page calls the editor, the
// agent calls the page. The host between them sees messages of bytes.
import { call, contract, notify, stream, type } from 'tieline'
import type { Kind } from '../scene/entity.js'
import { finite, flag, id, kind, length, optional, shape } from './shapes.js'

/** All that is known of one entity. */
export interface Details {
  readonly id: number
  readonly kind: Kind
  readonly x: number
  readonly y: number
  readonly size: number
  /** Units a second. */
  readonly speed: number
  /** Radians, clockwise from the right. */
  readonly heading: number
  readonly travelled: number
  readonly bounces: number
  /** Seconds of the scene's own time. */
  readonly age: number
  readonly held: boolean
}

/** What somebody did to the scene. */
export interface Event {
  readonly what: 'spawned' | 'removed' | 'paused' | 'resumed'
  readonly id?: number
  readonly kind?: Kind
  /** This page did it. */
  readonly own: boolean
}

export interface Audience {
  /** Pages that look at the scene now. */
  readonly pages: number
  readonly width: number
  readonly height: number
}

const NO_ENTITY = { 'no-such-entity': true } as const

/** Served by the agent on every channel. */
export const SceneEditor = contract({
  name: 'scene-editor',
  version: '1.0',
  methods: {
    frames: stream({
      output: type<Uint8Array>(),
      resumable: true,
      summary: 'The whole scene after every step, see frame.ts. A slow reader misses steps.',
    }),
    inspect: stream({
      input: shape<{ id: number }>({ id }),
      output: type<Details>(),
      errors: NO_ENTITY,
      resumable: true,
      summary: 'All about one entity, ten times a second, until it is gone.',
    }),
    spawn: call({
      input: shape<{ kind: Kind; x?: number | undefined; y?: number | undefined }>({
        kind,
        x: optional(finite),
        y: optional(finite),
      }),
      output: type<number>(),
      errors: { 'scene-full': true },
      summary: 'A new entity, there or anywhere. Answers its id.',
    }),
    remove: call({ input: shape<{ id: number }>({ id }), errors: NO_ENTITY }),
    pause: call({ input: shape<{ paused: boolean }>({ paused: flag }) }),
    grab: notify({
      input: shape<{ id: number }>({ id }),
      summary: 'Holds an entity still. What a page holds is let go when the page is gone.',
    }),
    move: notify({
      input: shape<{ id: number; x: number; y: number }>({ id, x: finite, y: finite }),
    }),
    release: notify({
      input: shape<{ id: number; vx: number; vy: number }>({ id, vx: finite, vy: finite }),
      summary: 'Lets go, with the speed of the throw.',
    }),
    resize: notify({
      input: shape<{ width: number; height: number }>({ width: length, height: length }),
      summary: 'The size of the page’s view. The stage is as large as the smallest view.',
    }),
  },
})

/** Offered by the page on its channel. */
export const EditorPage = contract({
  name: 'editor-page',
  version: '1.0',
  methods: {
    happened: notify({ input: type<Event>() }),
    audience: notify({ input: type<Audience>() }),
  },
})
