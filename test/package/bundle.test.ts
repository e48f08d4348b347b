// What a page pays for `tieline`: bundled and minified from the packed package, as its users have it.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyProject, install } from './install.js'

/** Gzipped bytes, some 3 % above what was reached: what a change may cost before somebody decides that it is worth it. */
const CORE_BYTES = 23_000
const CLIENT_BYTES = 27_500

/** One conversation over a WebSocket, without a contract. */
const CORE = `
import { native } from 'tieline'
import { Peer } from 'tieline/peer'
import { websocket } from 'tieline/transport'

const channel = await websocket('ws://127.0.0.1:9001/').connect()
const peer = new Peer(channel, { protocol: native({ over: 'messages' }), role: 'client' })
document.title = await peer.call('hello', { name: 'Ada' })
`

/** A typed client that stays connected, as docs/websocket.md has it. */
const CLIENT = `
import { call, connect, contract, type } from 'tieline'

const methods = { hello: call({ input: type(), output: type() }) }
const Greeter = contract({ name: 'greeter', version: '1.0', methods })
const greeter = await connect(Greeter, { at: 'ws://127.0.0.1:9001/' })
document.title = await greeter.hello({ name: 'Ada' })
`

interface Bundle {
  readonly code: string
  readonly modules: readonly string[]
}

describe('in a page', () => {
  let project: string

  beforeAll(() => {
    project = emptyProject()
    install(project, 'packages/tieline')
  }, 60_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  async function bundled(page: string): Promise<Bundle> {
    const input = join(project, 'page.js')
    writeFileSync(input, page)
    const bundle = await rolldown({ input, platform: 'browser' })
    const { output } = await bundle.generate({ format: 'esm', minify: true })
    await bundle.close()
    const chunks = output.filter((part) => part.type === 'chunk')
    return {
      code: chunks.map(({ code }) => code).join(''),
      modules: chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => id.slice(project.length))),
    }
  }

  it.each([
    ['a peer over a WebSocket', CORE, CORE_BYTES],
    ['a typed client', CLIENT, CLIENT_BYTES],
  ])('%s is of a size that was decided', async (what, page, most) => {
    const { code } = await bundled(page)
    const { length } = gzipSync(code, { level: 9 })
    process.stdout.write(`${what}: ${code.length} bytes minified, ${length} gzipped\n`)
    expect(length).toBeLessThan(most)
  })

  it('a client has nothing of Node, of byte streams or of other protocols in it', async () => {
    const { code, modules } = await bundled(CLIENT)
    expect(code).not.toMatch(/["'`]node:(?!diagnostics_channel)|\bimport\(/)
    expect(
      modules.filter((id) => /ws\/|koffi|local|stdio|mailbox|server|rpc|json/.test(id)),
    ).toEqual([])
    expect(modules.filter((id) => /length-prefix|scan|keys|setters/.test(id))).toEqual([])
  })
})
