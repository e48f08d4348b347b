// The editor example as its user has it: the program started, its page in a real browser, the mouse and
// the keys, and the processes behind it killed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { atEnd } from '../support/at-end.js'
import { Command, isAlive } from '../support/command.js'
import { answerUnder, chromium, openBrowser } from '../support/page.js'

const PROGRAM = fileURLToPath(new URL('../../examples/editor/dist/src/main.js', import.meta.url))
/** Milliseconds for what a busy machine may take its time with: processes and a browser start. */
const PATIENCE = 30_000

/** Run in the page, as text: there is no page here for the compiler to know. */
const FOCUSED = 'document.activeElement.id'
/** How wide the document is, and what reaches out of the window on the right. */
const WIDE = `[
  document.documentElement.scrollWidth,
  ...[...document.querySelectorAll('body *:not(.unseen, .unseen *)')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map(({ id, className }) => id || className),
]`

/** The example, started with ports of its own. */
class Example extends Command {
  url = ''

  constructor() {
    super(process.execPath, [PROGRAM, '--port', '0', '--site-port', '0'])
  }

  async started(): Promise<void> {
    ;[this.url = ''] = await this.said(/http:\S+/)
  }

  get origin(): string {
    return new URL(this.url).origin
  }

  get token(): string {
    return new URLSearchParams(new URL(this.url).hash.slice(1)).get('token') ?? ''
  }

  /** All that one of its processes was, in order. */
  pids(name: 'host' | 'agent'): number[] {
    const lines = this.out.matchAll(/^ {2}(\w+) +process (\d+)$/gm)
    return [...lines].filter(([, what]) => what === name).map(([, , pid]) => Number(pid))
  }

  kill(name: 'host' | 'agent'): void {
    process.kill(this.pids(name).at(-1) ?? 0, 'SIGKILL')
  }
}

describe.skipIf(!chromium.available)('the editor in Chromium', { timeout: 2 * PATIENCE }, () => {
  let browser: Browser
  let example: Example
  /** Another site. */
  const foreign = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>another site</title>')
  })

  beforeAll(async () => {
    example = new Example()
    foreign.listen(0, '127.0.0.1')
    atEnd(() => {
      foreign.close()
      foreign.closeAllConnections()
    })
    browser = await openBrowser()
    await example.started()
  }, 2 * PATIENCE)

  async function open(url = example.url, size = { width: 1200, height: 800 }): Promise<Page> {
    const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  const text = (page: Page, id: string) => page.locator(`#${id}`).innerText()
  const number = async (page: Page, id: string) =>
    Number((await text(page, id)).replaceAll(/\D/g, ''))
  const poll = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE })

  async function connected(page: Page): Promise<Page> {
    await poll(() => text(page, 'status-text')).toBe('Connected')
    await poll(() => number(page, 'entities')).toBeGreaterThan(0)
    return page
  }

  /** Where the selected entity is, as the agent says. */
  async function position(page: Page): Promise<{ x: number; y: number }> {
    const [x, y] = (await page.locator('[data-fact="position"]').innerText()).split(',').map(Number)
    return { x: x ?? Number.NaN, y: y ?? Number.NaN }
  }

  async function paused(page: Page, wanted: boolean): Promise<void> {
    if ((await page.locator('#paused').isVisible()) !== wanted) await page.keyboard.press('Space')
    await poll(() => page.locator('#paused').isVisible()).toBe(wanted)
  }

  it('shows a scene that moves, and what the connection costs', async () => {
    const page = await connected(await open())
    const tick = await number(page, 'tick')
    await poll(() => number(page, 'tick')).toBeGreaterThan(tick + 30)
    await poll(() => text(page, 'trip')).toMatch(/^[\d.]+$/)
    await poll(() => text(page, 'in-rate')).toMatch(/^[\d.]+ KB\/s$/)
    await poll(() => number(page, 'updates')).toBeGreaterThan(1)
    expect(await text(page, 'view-size')).toBe(await text(page, 'stage-size'))
  })

  it('takes the token out of the address, and finds it again after a reload', async () => {
    const page = await connected(await open())
    expect(page.url()).toBe(`${example.origin}/`)
    await page.reload()
    await connected(page)
  })

  it('spawns, inspects and deletes', async () => {
    const page = await connected(await open())
    const before = await number(page, 'entities')
    await page.getByRole('radio', { name: 'Flocker' }).check()
    await page.getByRole('button', { name: 'Spawn' }).click()
    await poll(() => number(page, 'entities')).toBe(before + 1)
    await poll(() => text(page, 'subject-name')).toMatch(/^flocker \d+$/)
    const name = await text(page, 'subject-name')
    await poll(() => text(page, 'activity')).toContain(`You spawned ${name}`)
    expect((await position(page)).x).toBeGreaterThan(0)

    await page.getByRole('button', { name: 'Delete' }).click()
    await poll(() => number(page, 'entities')).toBe(before)
    await poll(() => text(page, 'activity')).toContain(`You removed ${name}`)
    expect(await page.locator('#inspector').isVisible()).toBe(false)
  })

  it('drags with the mouse while the scene is paused', async () => {
    const page = await connected(await open())
    await paused(page, true)
    const tick = await number(page, 'tick')
    // Where nobody is: the pointer takes the one that is nearest, and this one is drawn on top.
    const box = (await page.locator('#stage').boundingBox())!
    await page.mouse.dblclick(box.x + 3, box.y + 3)
    await poll(() => page.locator('#inspector').isVisible()).toBe(true)
    const { x, y } = await position(page)
    await page.mouse.move(box.x + x, box.y + y)
    await page.mouse.down()
    await page.mouse.move(box.x + x + 40, box.y + y + 30, { steps: 4 })
    await poll(() => text(page, 'subject-state')).toBe('held')
    await page.mouse.move(box.x + x + 200, box.y + y + 150, { steps: 4 })
    await page.mouse.up()
    await poll(() => text(page, 'subject-state')).toBe('paused')
    await poll(async () => Math.round((await position(page)).x - x)).toBe(200)
    expect(Math.round((await position(page)).y - y)).toBe(150)
    expect(await number(page, 'tick')).toBe(tick)
    await paused(page, false)
    await poll(() => number(page, 'tick')).toBeGreaterThan(tick)
  })

  it('is worked with the keys alone', async () => {
    const page = await connected(await open())
    const before = await number(page, 'entities')
    await page.locator('#view').focus()
    await paused(page, true)
    await page.keyboard.press('Tab')
    await poll(() => text(page, 'said')).toMatch(/^\w+ \d+ selected at/)
    await page.keyboard.press('n')
    await poll(() => number(page, 'entities')).toBe(before + 1)
    await poll(() => page.locator('#inspector').isVisible()).toBe(true)
    const from = await position(page)
    // Towards the middle, where there is room.
    const [key, way] = from.x > 400 ? (['ArrowLeft', -1] as const) : (['ArrowRight', 1] as const)
    for (let press = 0; press < 3; press++) await page.keyboard.press(key)
    await poll(async () => Math.abs((await position(page)).x - from.x - way * 24)).toBeLessThan(2)
    await page.keyboard.press(`Shift+${key}`)
    await poll(async () => Math.abs((await position(page)).x - from.x - way * 64)).toBeLessThan(2)
    await page.keyboard.press('Delete')
    await poll(() => number(page, 'entities')).toBe(before)
    await paused(page, false)
  })

  it('lets the focus go on with Tab once nothing is selected and the last one was passed', async () => {
    const page = await connected(await open())
    await page.locator('#view').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await poll(() => page.locator('#inspector').isVisible()).toBe(true)
    expect(await page.evaluate(FOCUSED)).toBe('view')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+Tab')
    await poll(() => page.locator('#inspector').isVisible()).toBe(true)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(FOCUSED)).not.toBe('view')
  })

  it('fits the stage to the smallest of two pages, and tells each what the other did', async () => {
    const desk = await connected(await open())
    const phone = await connected(await open(example.url, { width: 390, height: 844 }))
    await poll(() => number(desk, 'pages')).toBe(2)
    await poll(() => text(desk, 'stage-size')).toMatch(/^3\d\d × /)
    expect(await text(phone, 'view-size')).toMatch(/^3\d\d × /)
    await phone.getByRole('button', { name: 'Pause' }).click()
    await poll(() => text(desk, 'activity')).toContain('Another page paused the scene')
    await desk.getByRole('button', { name: 'Resume' }).click()
    await poll(() => text(phone, 'activity')).toContain('Another page resumed the scene')
    await phone.close()
    await poll(() => number(desk, 'pages')).toBe(1)
    await poll(() => text(desk, 'stage-size')).toBe(await text(desk, 'view-size'))
  })

  it.each([390, 800, 1400])('has nothing outside a window %i wide', async (width) => {
    const page = await connected(await open(example.url, { width, height: 860 }))
    const wide = await page.evaluate(WIDE)
    expect(wide).toEqual([width])
  })

  it('comes back by itself when the host is killed, to the scene that went on', async () => {
    const page = await connected(await open())
    await page.locator('#view').focus()
    await page.keyboard.press('Tab')
    await poll(() => page.locator('#inspector').isVisible()).toBe(true)
    const tick = await number(page, 'tick')
    const connections = await number(page, 'times')
    const hosts = example.pids('host').length
    example.kill('host')
    await poll(() => example.pids('host').length).toBe(hosts + 1)
    await poll(() => number(page, 'times')).toBe(connections + 1)
    await connected(page)
    await poll(() => text(page, 'activity')).toContain('Connection lost')
    await poll(() => number(page, 'tick')).toBeGreaterThan(tick)
    // What was selected is inspected again, and edits arrive.
    expect(await page.locator('#inspector').isVisible()).toBe(true)
    await page.keyboard.press('Space')
    await poll(() => page.locator('#paused').isVisible()).toBe(true)
    await paused(page, false)
  })

  it('comes back when the agent is killed, to a new scene', async () => {
    const page = await connected(await open())
    await page.keyboard.press('n')
    await poll(() => text(page, 'subject-name')).not.toBe('')
    const crowd = await number(page, 'entities')
    const agents = example.pids('agent').length
    example.kill('agent')
    await poll(() => example.pids('agent').length).toBe(agents + 1)
    await poll(() => number(page, 'entities')).toBeLessThan(crowd)
    const tick = await number(page, 'tick')
    await poll(() => number(page, 'tick')).toBeGreaterThan(tick)
    expect(await text(page, 'status-text')).toBe('Connected')
  })

  describe('lets in nobody else', () => {
    /** Whether a WebSocket of that page opens with these subprotocols. */
    const opens = (page: Page, endpoint: string, protocols: string[]) =>
      page.evaluate(
        ([url, offered]) =>
          new Promise<boolean>((resolve) => {
            const socket = new WebSocket(url, offered)
            socket.onopen = () => resolve(true)
            socket.onclose = () => resolve(false)
          }),
        [endpoint, protocols] as const,
      )
    const offer = (token: string) => [
      'tieline',
      `tieline.token.${Buffer.from(token).toString('base64url')}`,
    ]
    const endpointOf = async (page: Page) =>
      (await page.locator('meta[name="editor-endpoint"]').getAttribute('content')) ?? ''

    it('of another site, though it has the token', async () => {
      const own = await connected(await open())
      const endpoint = await endpointOf(own)
      expect(await opens(own, endpoint, offer(example.token))).toBe(true)
      const { port } = foreign.address() as AddressInfo
      const other = await open(`http://127.0.0.1:${port}/`)
      expect(await opens(other, endpoint, offer(example.token))).toBe(false)
    })

    it('of the right site without the token', async () => {
      const page = await open(`${example.origin}/`)
      await poll(() => text(page, 'status-text')).toBe('No token')
      expect(await text(page, 'veil')).toContain('Open the whole address')
      const endpoint = await endpointOf(page)
      expect(await opens(page, endpoint, ['tieline'])).toBe(false)
      expect(await opens(page, endpoint, offer('wrong'))).toBe(false)
    })

    it('under a name that was made to point here', async () => {
      const { port } = new URL(example.origin)
      const answer = (host: string, path?: string) =>
        answerUnder(`${host}:${port}`, example.origin, path)
      expect((await answer('rebound.test')).statusCode).toBe(403)
      expect((await answer('127.0.0.1')).statusCode).toBe(200)
      expect((await answer('127.0.0.1', '/../package.json')).statusCode).toBe(404)
      const { statusCode, headers } = await answer('localhost')
      expect([statusCode, headers.location]).toEqual([308, `${example.origin}/`])
    })

    it('and tells nobody the token who asks for the page', async () => {
      const page = await (await fetch(`${example.origin}/`)).text()
      expect(page).toContain('Scene editor')
      expect(page).not.toContain(example.token)
    })
  })

  it('ends with everything it started', async () => {
    const pids = [...example.pids('host'), ...example.pids('agent')]
    expect((await example.end('SIGINT')).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })
})
