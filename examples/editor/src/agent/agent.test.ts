import { agentTransport, ChannelHost } from '@tieline/channel-host'
import { type ConnectedClient, connect, implement, type Server } from 'tieline'
import { websocket } from 'tieline/transport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Audience, EditorPage, type Event, SceneEditor } from '../protocol/editor.js'
import { decodeFrame, type Frame } from '../protocol/frame.js'
import { serveEditor } from './agent.js'

interface Page {
  readonly editor: ConnectedClient<typeof SceneEditor>
  readonly events: Event[]
  readonly audiences: Audience[]
}

describe('the agent behind a channel host', () => {
  let host: ChannelHost
  let server: Server
  let ending: AbortController
  let pages: Page[]

  beforeEach(async () => {
    ending = new AbortController()
    host = new ChannelHost({ token: 'secret' })
    const at = agentTransport(host.agent(), { port: 0, userId: 'editor' })
    server = await serveEditor({ at, seed: 1, signal: ending.signal })
    pages = []
  })

  afterEach(async () => {
    await Promise.all(pages.map(({ editor }) => editor.$connection.close()))
    ending.abort()
    await server.close({ within: '100ms' })
    await host.close()
  })

  /** A page as the contract sees it. */
  async function open(): Promise<Page> {
    const events: Event[] = []
    const audiences: Audience[] = []
    const editor = await connect(SceneEditor, {
      at: websocket(server.endpoint, { token: 'secret' }),
      offers: implement(EditorPage, {
        happened: (event) => void events.push(event),
        audience: (audience) => void audiences.push(audience),
      }),
    })
    const page = { editor, events, audiences }
    pages.push(page)
    return page
  }

  /** The first frame of which that is true. */
  async function frameOf({ editor }: Page, fits: (frame: Frame) => boolean = () => true) {
    for await (const bytes of editor.frames()) {
      const frame = decodeFrame(bytes)
      if (fits(frame)) return frame
    }
    throw new Error('the frames ended')
  }

  it('sends frame after frame of a scene that moves', async () => {
    const page = await open()
    const first = await frameOf(page)
    expect(first.sprites.length).toBeGreaterThan(50)
    const later = await frameOf(page, ({ tick }) => tick > first.tick + 10)
    expect(later.sprites[0]).not.toEqual(first.sprites[0])
  })

  it('tells every page what was done, and who did it', async () => {
    const [one, other] = [await open(), await open()]
    await expect.poll(() => other.audiences.at(-1)?.pages).toBe(2)
    const id = await one.editor.spawn({ kind: 'orbiter', x: 50, y: 60 })
    await one.editor.pause({ paused: true })
    await one.editor.remove({ id })
    await expect
      .poll(() => other.events)
      .toEqual([
        { what: 'spawned', id, kind: 'orbiter', own: false },
        { what: 'paused', own: false },
        { what: 'removed', id, kind: 'orbiter', own: false },
      ])
    expect(one.events.map(({ own }) => own)).toEqual([true, true, true])
  })

  it('shows an edit of a scene that is paused', async () => {
    const page = await open()
    await page.editor.pause({ paused: true })
    const before = await frameOf(page, ({ paused }) => paused)
    const { id } = before.sprites[0]!
    page.editor.move({ id, x: 111, y: 122 })
    const after = await frameOf(page, ({ sprites }) => sprites[0]?.x === 111)
    expect(after).toMatchObject({ tick: before.tick, paused: true })
  })

  it('lets go what a page held when the page is gone', async () => {
    const [one, other] = [await open(), await open()]
    one.editor.grab({ id: 1 })
    one.editor.move({ id: 1, x: 200, y: 100 })
    const heldNow = ({ sprites }: Frame) => sprites[0]?.held === true
    expect((await frameOf(other, heldNow)).sprites[0]).toMatchObject({ x: 200, y: 100 })
    one.editor.$connection.abort()
    await frameOf(other, ({ sprites }) => sprites[0]?.held === false)
  })

  it('lets a page let go only what it holds itself', async () => {
    const [one, other] = [await open(), await open()]
    one.editor.grab({ id: 1 })
    await frameOf(other, ({ sprites }) => sprites[0]?.held === true)
    other.editor.grab({ id: 1 })
    other.editor.release({ id: 1, vx: 0, vy: 0 })
    // The answer comes after both were handled: they went over one channel, in order.
    await other.editor.pause({ paused: false })
    expect((await frameOf(one)).sprites[0]?.held).toBe(true)
  })

  it('makes the stage as large as the smallest view', async () => {
    const [one, other] = [await open(), await open()]
    one.editor.resize({ width: 1400, height: 500 })
    other.editor.resize({ width: 390, height: 700 })
    await expect.poll(() => one.audiences.at(-1)).toEqual({ pages: 2, width: 390, height: 500 })
    await other.editor.$connection.close()
    await expect.poll(() => one.audiences.at(-1)).toEqual({ pages: 1, width: 1400, height: 500 })
    expect(await frameOf(one, ({ width }) => width === 1400)).toMatchObject({ height: 500 })
  })

  it('tells all about one entity until it is gone', async () => {
    const page = await open()
    const id = await page.editor.spawn({ kind: 'drifter' })
    let last: unknown
    for await (const details of page.editor.inspect({ id })) {
      last ??= details
      await page.editor.remove({ id }).catch(() => {})
    }
    expect(last).toMatchObject({ id, kind: 'drifter', held: false, bounces: expect.any(Number) })
    const none = page.editor.inspect({ id }).next()
    await expect(none).rejects.toMatchObject({ code: 'no-such-entity' })
  })

  it('refuses what is not there, what is too much, and what is no number', async () => {
    const page = await open()
    const { editor } = page
    await expect(editor.remove({ id: 9999 })).rejects.toMatchObject({ code: 'no-such-entity' })
    const odd = { kind: 'dragon' } as never
    await expect(editor.spawn(odd)).rejects.toMatchObject({ code: 'invalid-argument' })
    const nowhere = { kind: 'drifter', x: Number.NaN, y: 1 } as const
    await expect(editor.spawn(nowhere)).rejects.toMatchObject({ code: 'invalid-argument' })
    editor.move({ id: 1, x: Number.POSITIVE_INFINITY, y: 1 })
    const many = Array.from({ length: 400 }, () => editor.spawn({ kind: 'drifter' }))
    const refused = (await Promise.allSettled(many)).filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]).toMatchObject({ reason: { code: 'scene-full' } })
    const frame = await frameOf(page, ({ sprites }) => sprites.length === 400)
    for (const { x, y } of frame.sprites) expect(Number.isFinite(x + y)).toBe(true)
  })

  it('refuses a page without the token', async () => {
    const refusedAt = websocket(server.endpoint, { token: 'wrong' })
    await expect(connect(SceneEditor, { at: refusedAt })).rejects.toMatchObject({
      code: 'permission-denied',
    })
  })
})
