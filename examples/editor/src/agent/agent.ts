// The agent as a whole: the stage, served on a port of the channel host or at any endpoint.
import { type Server, serve } from 'tieline'
import type { Transport } from 'tieline/transport'
import { EditorPage, SceneEditor } from '../protocol/editor.js'
import { editorFor } from './editor.js'
import { Stage } from './stage.js'

/** A hundred: lively on a phone and clear on a desk. A page may spawn up to the scene’s limit. */
const POPULATION = { drifter: 26, orbiter: 16, flocker: 58 } as const
/** Before a page has told its size. */
const FIRST_STAGE = { width: 960, height: 600 } as const

export interface EditorAgentOptions {
  readonly at: Transport
  readonly seed: number
  /** Ends the simulation. */
  readonly signal: AbortSignal
  readonly failed?: (error: Error) => void
}

/** Serves the scene. Rejects as `serve` does. */
export async function serveEditor(options: EditorAgentOptions): Promise<Server> {
  const { at, seed, signal, failed } = options
  const stage = new Stage({ ...FIRST_STAGE, seed }, POPULATION)
  const server = await serve(SceneEditor, (peer) => editorFor(stage, peer), {
    at,
    expects: EditorPage,
    ...(failed && { failed }),
  })
  void stage.run(signal)
  return server
}
