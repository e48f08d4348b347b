// The dashboard as its user has it: the program started, its page in a real browser, and the processes
// behind it killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { peer } from '../../../test/support/peer.js'

const PROGRAM = fileURLToPath(new URL('../dist/src/main.js', import.meta.url))
/** Milliseconds for what a busy machine may take its time with: processes and a browser start. */
const PATIENCE = 40_000

/** The example, started at a port of its own. */
class Example {
  readonly #child: ChildProcess
  #output = ''
  url = ''

  constructor() {
    this.#child = spawn(process.execPath, [PROGRAM, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
  }

  async started(): Promise<this> {
    const found = () => {
      this.url = /http:\S+/.exec(this.#output)?.[0] ?? ''
      expect(this.url).not.toBe('')
    }
    await vi.waitFor(found, { timeout: PATIENCE })
    return this
  }

  /** Ctrl-C. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGINT')
    const [code] = await gone
    return code as number | null
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // ESRCH: it is gone.
    return false
  }
}

const browserProgram = peer('chromium', 'Debian package chromium')

describe.skipIf(!browserProgram.available)(
  'the dashboard in Chromium',
  { timeout: 2 * PATIENCE },
  () => {
    let browser: Browser
    let example: Example

    beforeAll(async () => {
      example = new Example()
      browser = await chromium.launch({
        executablePath: browserProgram.path,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--no-first-run',
        ],
      })
      await example.started()
    }, 2 * PATIENCE)

    afterAll(async () => {
      await browser?.close()
      await example?.stop()
    })

    afterEach(async () => {
      for (const context of browser.contexts()) await context.close()
    })

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
      await page.goto(example.url)
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
      await expect.poll(() => alive(pid), soon).toBe(false)
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
        await visitors.click()
        // As the server says it, in the samples that follow.
        await page.reload()
        await expect.poll(() => visitors.getAttribute('aria-checked'), soon).toBe(wanted)
      }
    })

    it.each([390, 800, 1400])(
      'fits a window of %i pixels, in both colour schemes',
      async (width) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await open({ viewport: { width, height: 800 }, colorScheme })
          const overflow = 'document.documentElement.scrollWidth - innerWidth'
          expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
          await page.close()
        }
      },
    )

    it('moves nothing for who wants no motion', async () => {
      const page = await open({ reducedMotion: 'reduce' })
      const moving = `[...document.querySelectorAll('*')]
        .filter((each) => !/^0s(, 0s)*$/.test(getComputedStyle(each).transitionDuration)).length`
      expect(await page.evaluate(moving)).toBe(0)
    })

    it('does nothing for other sites, nor under other names', async () => {
      const page = await open()
      const [pid] = await pidsOf(page)
      const kill = await fetch(`${example.url}/processes/${pid}/kill`, { method: 'POST' })
      expect(kill.status).toBe(403)
      const headers = { host: 'rebound.test' }
      const status = await new Promise((resolve) => {
        get(example.url, { headers }, (response) => resolve(response.resume().statusCode))
      })
      expect(status).toBe(403)
      for (const path of [
        '/assets/..%2fsrc%2fmain.js',
        '/assets/tsconfig.json',
        '/assets/none.js',
      ]) {
        expect((await fetch(example.url + path)).ok).toBe(false)
      }
    })

    it('ends on Ctrl-C, and leaves no process behind', async () => {
      const page = await open()
      const pids = await pidsOf(page)
      expect(await example.stop()).toBe(0)
      expect(pids.filter(alive)).toEqual([])
    })
  },
)
