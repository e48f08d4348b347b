// The connection to the agent, through the host: the editor's contract called, the page's contract
// offered, frames decoded as they come, and figures about all of it. It comes back by itself.
import {
  type ConnectedClient,
  type ConnectionStatus,
  connect,
  type Handlers,
  implement,
} from 'tieline'
import { websocket } from 'tieline/transport'
import { EditorPage, SceneEditor } from '../../src/protocol/editor.js'
import { decodeFrame, type Frame } from '../../src/protocol/frame.js'
import { Rate, Traffic } from './traffic.js'

export type Editor = ConnectedClient<typeof SceneEditor>

export interface Figures {
  /** Milliseconds; undefined while there is no connection, and when the last ping was lost. */
  readonly roundTrip: number | undefined
  /** Per second. */
  readonly updates: number
  readonly inRate: number
  readonly outRate: number
  /** Bytes since the page was opened. */
  readonly received: number
  readonly sent: number
  /** Connections that stood so far. */
  readonly times: number
}

export interface LinkOptions {
  readonly endpoint: string
  readonly token: string
  readonly page: Handlers<typeof EditorPage>
  status(status: ConnectionStatus): void
  frame(frame: Frame): void
  /** Once a second. */
  figures(figures: Figures): void
}

/** Bytes of frames on their way. 64 KiB: a page that falls behind is a tenth of a second late, not more. */
const WINDOW_BYTES = 64 * 1024
/** Milliseconds between two looks at the figures. */
const LOOK_MS = 1000

export async function openLink(options: LinkOptions): Promise<Editor> {
  const { endpoint, token, page, status } = options
  const traffic = new Traffic()
  const editor = await connect(SceneEditor, {
    at: traffic.counted(websocket(endpoint, { token })),
    offers: implement(EditorPage, page),
    background: true,
    // A host that was restarted is back within a second or two; nobody should wait longer than that.
    reconnect: { base: '200ms', cap: '3s' },
    limits: { windowBytes: WINDOW_BYTES },
  })
  const counts = { frames: 0, times: 0 }
  const told = (now: ConnectionStatus) => {
    if (now.state === 'connected') counts.times++
    status(now)
  }
  told(editor.$connection.status)
  editor.$connection.watch(told)
  void readFrames(editor, (frame) => {
    counts.frames++
    options.frame(frame)
    // A frame that cannot be read: page and agent are not of one kind, and trying again is no use.
  }).catch((error: unknown) => editor.$connection.abort(error as Error))
  void lookRegularly(editor, traffic, counts, options)
  return editor
}

/**
 * Subscribed again on every new connection, as the contract says that frames are resumable; and here,
 * when an agent that is stopped ends the stream in good order.
 */
async function readFrames(editor: Editor, show: (frame: Frame) => void): Promise<void> {
  do {
    for await (const bytes of editor.frames()) show(decodeFrame(bytes))
  } while (editor.$connection.status.state !== 'closed')
}

async function lookRegularly(
  editor: Editor,
  traffic: Traffic,
  counts: { readonly frames: number; readonly times: number },
  { figures }: LinkOptions,
): Promise<void> {
  const [updates, inRate, outRate] = [new Rate(), new Rate(), new Rate()]
  for (;;) {
    // Lost with its connection, or not answered in time: then there is no figure to show.
    const trip = await editor.$connection.peer?.ping({ timeout: '5s' }).catch(() => undefined)
    const now = performance.now()
    figures({
      roundTrip: trip,
      updates: updates.look(counts.frames, now),
      inRate: inRate.look(traffic.received, now),
      outRate: outRate.look(traffic.sent, now),
      received: traffic.received,
      sent: traffic.sent,
      times: counts.times,
    })
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
