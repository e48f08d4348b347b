// The dashboard as its user has it: the program started, its page in a real browser, and the processes
// behind it killed.
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { Command, isAlive } from '../../../test/support/command.js'
import { answerUnder, chromium, openBrowser } from '../../../test/support/page.js'

const PROGRAM = fileURLToPath(new URL('../dist/src/main.js', import.meta.url))
/** Milliseconds for what a busy machine may take its time with: processes and a browser start. */
const PATIENCE = 40_000

describe.skipIf(!chromium.available)('the dashboard in Chromium', { timeout: 2 * PATIENCE }, () => {
  let browser: Browser
  let example: Command
  let url: string

  beforeAll(async () => {
    example = new Command(process.execPath, [PROGRAM, '--port', '0'])
    browser = await openBrowser()
    ;[url = ''] = await example.said(/http:\S+/)
  }, 2 * PATIENCE)

  const soon = { timeout: PATIENCE }
  const text = (page: Page, selector: string) => page.locator(selector).first().textContent(soon)
  const state = (page: Page) => page.locator('#status').getAttribute('data-state')
  const pidsOf = (page: Page) =>
    page
      .locator('#processes tr[data-pid]')
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-pid'))))

  async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options)
    const faults: string[] = []
    page.on('pageerror', ({ message }) => faults.push(message))
    await page.goto(url)
    await expect.poll(() => state(page), soon).toBe('live')
    await expect.poll(async () => (await pidsOf(page)).length, soon).toBe(2)
    expect(faults).toEqual([])
    return page
  }

  it('shows the traffic of the bridge, and what the machine does', async () => {
    const page = await open()
    const requests = async () => Number.parseInt((await text(page, '.tile dd')) ?? '', 10)
    await expect.poll(requests, soon).toBeGreaterThan(0)
    const routes = () => text(page, '#routes tbody')
    await expect.poll(routes, soon).toContain('GET /shop/items/:item')
    await expect.poll(() => text(page, '#functions tbody'), soon).toContain('lookUp')
    expect(await page.locator('.core').count()).toBe(cpus().length)
    const line = () => page.locator('#traffic path.line').first().getAttribute('d')
    await expect.poll(async () => (await line())?.length, soon).toBeGreaterThan(10)
  })

  it('shows a process that is killed go, and another come', async () => {
    const page = await open()
    const before = await pidsOf(page)
    const killed = before[0] as number
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => text(page, '#notes'), soon).toContain(`process ${killed}, is gone`)
    const now = async () => (await pidsOf(page)).filter((pid) => !before.includes(pid)).length
    await expect.poll(now, soon).toBe(1)
    expect(await pidsOf(page)).not.toContain(killed)
    await expect.poll(() => state(page), soon).toBe('live')
    await expect.poll(() => text(page, '#restarts'), soon).toContain('started again')
  })

  it('ends a process by its button, also the one that feeds the page', async () => {
    const page = await open()
    const feeding = page.locator('tr', { hasText: 'feeds this page' }).first()
    const pid = Number(await feeding.getAttribute('data-pid', soon))
    await page.getByRole('button', { name: `End process ${pid}` }).click()
    await expect.poll(() => isAlive(pid), soon).toBe(false)
    await expect.poll(() => text(page, '#notes'), soon).toContain(`process ${pid}, is gone`)
    await expect.poll(() => state(page), soon).toBe('live')
    await expect.poll(async () => (await pidsOf(page)).length, soon).toBe(2)
  })

  it('looks back with the arrow keys, and returns to now', async () => {
    const page = await open()
    await page.locator('.chart[tabindex]').first().focus()
    for (let count = 0; count < 3; count++) await page.keyboard.press('ArrowLeft')
    expect(await text(page, '#moment')).toMatch(/^At \d\d:\d\d:\d\d$/)
    expect(await text(page, '#said')).toMatch(/^\d+ seconds? ago: all \d+, failed \d+$/)
    expect(await page.locator('.cursor').count()).toBeGreaterThan(1)
    await page.keyboard.press('Escape')
    expect(await text(page, '#moment')).toBe('The last two minutes')
  })

  it('calls the sample visitors and sends them away', async () => {
    const page = await open()
    const visitors = page.getByRole('switch', { name: 'Sample visitors' })
    for (const wanted of ['false', 'true']) {
      const told = page.waitForResponse(/\/visitors\//, soon)
      await visitors.click()
      await told
      // As the server says it, in the samples that follow: the first has the processes too.
      await page.reload()
      await expect.poll(async () => (await pidsOf(page)).length, soon).toBe(2)
      await expect.poll(() => visitors.getAttribute('aria-checked'), soon).toBe(wanted)
    }
  })

  it.each([390, 800, 1400])('fits a window of %i pixels, in both colour schemes', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ viewport: { width, height: 800 }, colorScheme })
      const overflow = 'document.documentElement.scrollWidth - innerWidth'
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
      await page.close()
    }
  })

  it('moves nothing for who wants no motion', async () => {
    const page = await open({ reducedMotion: 'reduce' })
    const moving = `[...document.querySelectorAll('*')]
        .filter((each) => !/^0s(, 0s)*$/.test(getComputedStyle(each).transitionDuration)).length`
    expect(await page.evaluate(moving)).toBe(0)
  })

  it('does nothing for other sites, nor under other names', async () => {
    const page = await open()
    const [pid] = await pidsOf(page)
    const kill = await fetch(`${url}/processes/${pid}/kill`, { method: 'POST' })
    expect(kill.status).toBe(403)
    expect((await answerUnder('rebound.test', url)).statusCode).toBe(403)
    for (const path of ['/assets/..%2fsrc%2fmain.js', '/assets/tsconfig.json', '/assets/none.js']) {
      expect((await fetch(url + path)).ok).toBe(false)
    }
  })

  it('ends on Ctrl-C, and leaves no process behind', async () => {
    const page = await open()
    const pids = await pidsOf(page)
    expect((await example.end('SIGINT')).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })
})
