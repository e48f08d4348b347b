// A page in a real browser calls a contract of this process: bundled as pages are, over the browser's
// own WebSocket, with everything that keeps other pages out.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { type Server, serve } from 'tieline'
import { type WebSocketTransport, websocket } from 'tieline/transport'
import { build } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { atEnd } from '../support/at-end.js'
import { chromium, openBrowser } from '../support/page.js'
import { Clockwork } from './page/contract.js'
import type { Actions } from './page/main.js'

/**
 * Bytes of the whole page, minified and gzipped. 40,000: contract, client, peer, MessagePack and
 * WebSocket together; what would lift it over that is a module that no page needs.
 */
const GZIPPED_BYTES = 40_000

interface Bundle {
  readonly code: string
  readonly modules: readonly string[]
}

async function bundle(): Promise<Bundle> {
  const result = await build({
    configFile: false,
    root: fileURLToPath(new URL('page', import.meta.url)),
    logLevel: 'error',
    build: {
      write: false,
      rolldownOptions: {
        input: fileURLToPath(new URL('page/main.ts', import.meta.url)),
        output: { codeSplitting: false },
      },
    },
  })
  const outputs = [result].flat().flatMap((part) => ('output' in part ? part.output : []))
  const chunks = outputs.filter((part) => part.type === 'chunk')
  return {
    code: chunks.map(({ code }) => code).join('\n'),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
  }
}

const bundled = bundle()

describe('the library in a page', () => {
  it('has nothing of Node in it, and no other transport', async () => {
    const { code, modules } = await bundled
    expect(modules.length).toBeGreaterThan(20)
    const foreign =
      /node:|__vite-browser-external|node_modules\/|transport\/(local|stdio|mailbox|child)/
    expect(modules.filter((id) => foreign.test(id))).toEqual([])
    // What Node has built in is asked for at run time where it is of use, and imported nowhere.
    expect(code.match(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'`]node:[^"'`]*/g)).toBeNull()
  })

  it('is small', async () => {
    const { code } = await bundled
    const bytes = gzipSync(code).length
    process.stdout.write(`a page with a contract and a client: ${bytes} bytes gzipped\n`)
    expect(bytes).toBeLessThan(GZIPPED_BYTES)
  })
})

describe.skipIf(!chromium.available)('a page in Chromium', () => {
  let browser: Browser
  let origin: string
  let server: Server
  let at: WebSocketTransport

  beforeAll(async () => {
    const { code } = await bundled
    const site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>page</title><script type="module">${code}</script>`)
    }).listen(0, '127.0.0.1')
    atEnd(() => {
      site.close()
      site.closeAllConnections()
    })
    await once(site, 'listening')
    const { port } = site.address() as AddressInfo
    origin = `http://127.0.0.1:${port}`
    at = websocket('ws://127.0.0.1:0/clockwork', { origins: [origin] })
    server = await serve(
      Clockwork,
      {
        hello: ({ name }) => `Hello ${name}`,
        echo: (bytes) => bytes,
        async *count({ to }) {
          for (let i = 1; i <= to; i++) yield i
        },
        boom: () => {
          throw new Error('secret of the server')
        },
      },
      { at },
    )
    atEnd(() => server.close())
    browser = await openBrowser('--host-resolver-rules=MAP rebound.test 127.0.0.1')
  }, 60_000)

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(url)
    await page.waitForFunction(() => 'actions' in globalThis)
    return page
  }

  /** Runs one of the page's actions in the page. */
  function act<Name extends keyof Actions>(
    page: Page,
    name: Name,
    ...args: Parameters<Actions[Name]>
  ) {
    const run = ([action, given]: [string, unknown[]]) =>
      (globalThis as never as { actions: Record<string, (...args: unknown[]) => unknown> }).actions[
        action
      ]?.(...given)
    const acted = page.evaluate(run, [name, args] as [string, unknown[]])
    // The stack is the page's, and the test runner would look for its files here.
    return acted.catch((error: Error) => {
      throw new Error(error.message.split('\n')[0])
    }) as ReturnType<Actions[Name]>
  }

  it('calls, sends and gets a megabyte, reads a stream, and is told no secret', async () => {
    const page = await open(origin)
    expect(await act(page, 'callAll', server.endpoint, at.token ?? '')).toEqual({
      hello: 'Hello Ada',
      same: true,
      sum: 50_005_000,
      boom: 'internal',
    })
    await expect.poll(() => server.peers.size).toBe(0)
    await page.close()
  })

  it('is refused with a wrong token, and from another origin', async () => {
    const page = await open(origin)
    expect(await act(page, 'refusal', server.endpoint, 'wrong')).toBe('connection-refused')
    await page.close()
    // The same files, by another name of the same machine: another site, as the browser sees it.
    const other = await open(origin.replace('127.0.0.1', 'localhost'))
    expect(await act(other, 'refusal', server.endpoint, at.token ?? '')).toBe('connection-refused')
    await other.close()
  })

  it('is refused under a name that was rebound to this machine', async () => {
    const { port } = new URL(origin)
    const page = await open(`http://rebound.test:${port}`)
    const rebound = server.endpoint.replace('127.0.0.1', 'rebound.test')
    expect(await act(page, 'refusal', rebound, at.token ?? '')).toBe('connection-refused')
    await page.close()
  })

  it('is told that it reaches no other endpoint', async () => {
    const page = await open(origin)
    expect(await act(page, 'refusalOf', 'local:clockwork')).toBe('invalid-endpoint')
    await page.close()
  })

  it('that is left ends its connection in good order', async () => {
    const page = await open(origin)
    await act(page, 'stay', server.endpoint, at.token ?? '')
    const [connection] = server.peers
    await page.close()
    expect(await connection?.closed).toEqual({ by: 'remote' })
  })
})
