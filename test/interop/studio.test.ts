// The studio as its user has it: `npm start`, its page in a real browser, its processes killed from
// outside and started and stopped from the page, and nothing left at the end.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { Command, run } from '../support/command.js'
import { answerUnder, chromium, openBrowser } from '../support/page.js'

const PROGRAM = fileURLToPath(new URL('../../examples/studio/dist/src/main.js', import.meta.url))
/** Milliseconds for what a busy machine may take its time with: ten processes and a browser start. */
const PATIENCE = 45_000
/** The table without mpv, and the supervisor. */
const NAMES = [
  ...['supervisor', 'driver', 'watcher', 'channel-host', 'bridge'],
  ...['handlers-1', 'handlers-2', 'plugin', 'agent'],
]

/** Run in the page, as text: there is no page here for the compiler to know. */
const WIDE = `[
  document.documentElement.scrollWidth,
  ...[...document.querySelectorAll('body *:not(.unseen, svg *)')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map(({ id, className }) => id || className),
]`

class Studio extends Command {
  url = ''

  /** With the plug-in that needs nothing, and is quick to start. */
  constructor() {
    super(process.execPath, [PROGRAM, '--port', '0', '--plugin', 'node'])
  }

  async started(): Promise<this> {
    await this.said('Ctrl-C')
    ;[this.url = ''] = await this.said(/http:\S+/)
    return this
  }

  get origin(): string {
    return new URL(this.url).origin
  }

  get directory(): string {
    return dirname(/--socket (\S+)/.exec(this.out)?.[1] ?? '')
  }

  get commands(): string[] {
    return [...this.out.matchAll(/^ {2}((?:npx|kill) .*)$/gm)].map(([, line = '']) => line)
  }
}

const poll = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE })

/** Every process that was started for that directory: they all have it in their environment or arguments. */
function processesOf(directory: string): number[] {
  const { stdout } = spawnSync('ps', ['axeww', '-o', 'pid=,args='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes(directory) && !line.includes('ps axeww'))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid !== process.pid)
}

describe('npm start', { timeout: 3 * PATIENCE }, () => {
  /** `--once`, in a folder of its own for what is temporary. */
  async function checked(args: readonly string[], path = process.env['PATH'] ?? '') {
    const folder = ownFolder()
    const options = { env: { TMPDIR: folder, PATH: path }, patienceMs: 2 * PATIENCE }
    const ended = await run(process.execPath, [PROGRAM, '--once', '--port', '0', ...args], options)
    const left = readdirSync(folder).filter((name) => name.startsWith('tieline-studio'))
    return { ...ended, left }
  }

  it('checks the whole chain with --once, and leaves nothing', async () => {
    expect(await checked([])).toEqual({
      code: 0,
      out: 'studio: the page and all five systems answer\n',
      err: '',
      left: [],
    })
  })

  it('says with --once what is missing', async () => {
    const folder = ownFolder()
    // A Python that ends at once: the plug-in never answers.
    writeFileSync(join(folder, 'python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`
    expect(await checked(['--plugin', 'python'], path)).toEqual({
      code: 1,
      out: '',
      err: 'studio: not seen: the file channel\n',
      left: [],
    })
  })

  it.each([['--port', 'x'], ['--plugin', 'gimp'], ['--what'], ['more']])(
    'refuses %s %s in one line',
    async (...args) => {
      const given = args.filter((arg) => arg !== undefined)
      const { code, err, out } = await run(process.execPath, [PROGRAM, ...given])
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^studio: [^\n]+\n$/)
    },
  )

  it('says in one line that the port which was asked for is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    atEnd(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, err } = await run(process.execPath, [PROGRAM, '--port', String(port)])
    expect([code, err]).toEqual([1, expect.stringMatching(/^studio: port \d+ is in use[^\n]*\n$/)])
  })

  it('ends everything when it is killed itself', async () => {
    const studio = await new Studio().started()
    const { directory } = studio
    expect(processesOf(directory).length).toBeGreaterThanOrEqual(NAMES.length)
    await studio.end('SIGKILL')
    await poll(() => processesOf(directory)).toEqual([])
    await poll(() => existsSync(directory)).toBe(false)
  })
})

describe.skipIf(!chromium.available)('the studio in Chromium', { timeout: 4 * PATIENCE }, () => {
  let browser: Browser
  let studio: Studio

  beforeAll(async () => {
    studio = new Studio()
    browser = await openBrowser()
    await studio.started()
  }, 2 * PATIENCE)

  async function open(size = { width: 1400, height: 900 }): Promise<Page> {
    const context = await browser.newContext({ viewport: size })
    const page = await context.newPage()
    await page.goto(studio.url)
    await poll(() => text(page, '#status-text')).toBe('Connected')
    await poll(() => states(page)).toEqual(NAMES.map((name) => [name, 'running']))
    return page
  }

  const text = (page: Page, selector: string) =>
    page.locator(selector).first().textContent({ timeout: PATIENCE })
  const number = async (page: Page, selector: string) =>
    Number(((await text(page, selector)) ?? '').replaceAll(/\D/g, ''))
  const row = (page: Page, name: string) => page.locator(`tr[data-name="${name}"]`)
  const states = (page: Page) =>
    page
      .locator('tr[data-name]')
      .evaluateAll((rows) =>
        rows.map((each) => [each.getAttribute('data-name'), each.getAttribute('data-state')]),
      )
  const pidOf = async (page: Page, name: string) =>
    Number(await row(page, name).getAttribute('data-pid', { timeout: PATIENCE }))

  it('shows all five systems, each with the wire that it came over', async () => {
    const page = await open()
    await poll(() => text(page, '#title')).toMatch(/\w/)
    await poll(() => text(page, '#elapsed')).toMatch(/^\d:\d\d$/)
    await poll(() => number(page, '#rate')).toBeGreaterThan(0)
    await poll(() => number(page, '#strokes')).toBeGreaterThan(100)
    await poll(() => page.locator('#sheet .ink path').count()).toBeGreaterThan(0)
    await poll(() => text(page, '#log')).toMatch(/plan \d+: \d+ strokes/)
    expect(await text(page, '#planning-host')).toMatch(/^Node · v/)
    const labels = await page.locator('[data-wire] span').allTextContents()
    expect(labels).toEqual([
      'Unix socket · native',
      'Unix socket · MessagePack-RPC',
      'Unix socket · native',
      'files · JSON messages',
      'Unix socket · native',
      'Unix socket · native',
    ])
    expect(await page.locator('[data-wire][data-state="up"]').count()).toBe(labels.length)
    expect(await text(page, '#page-wire')).toBe('WebSocket · native, through the channel host')
  })

  it('takes the token out of the address, and finds it again after a reload', async () => {
    const page = await open()
    expect(page.url()).toBe(`${studio.origin}/`)
    await page.reload()
    await poll(() => text(page, '#status-text')).toBe('Connected')
  })

  it('runs the position by the clock', async () => {
    const page = await open()
    const scale = () =>
      page.evaluate(
        "Number.parseFloat(getComputedStyle(document.querySelector('#position i')).scale)",
      )
    const before = await scale()
    await poll(async () => (await scale()) !== before).toBe(true)
  })

  it.each(['driver', 'watcher', 'handlers-1', 'bridge', 'plugin'])(
    'shows %s go when it is killed, and come back',
    async (name) => {
      const page = await open()
      const pid = await pidOf(page, name)
      process.kill(pid, 'SIGKILL')
      await poll(() => text(page, '#notes')).toContain(`${name} was ended by SIGKILL`)
      await poll(async () => [0, pid].includes(await pidOf(page, name))).toBe(false)
      await poll(() => text(page, '#notes')).toContain(`${name} runs as ${await pidOf(page, name)}`)
      await poll(() => page.locator('[data-wire][data-state="up"]').count()).toBe(6)
      expect(await number(page, `tr[data-name="${name}"] [data-label="Restarts"]`)).toBeGreaterThan(
        0,
      )
      await poll(() => text(page, '#title')).toMatch(/\w/)
      await poll(() => number(page, '#rate')).toBeGreaterThan(0)
    },
  )

  it.each(['channel-host', 'agent'])(
    'comes back by itself, and says so, when %s is killed',
    async (name) => {
      const page = await open()
      // What is shown for a moment alone is written down in the page.
      await page.evaluate(`
          window.said = []
          new MutationObserver(() => said.push(document.querySelector('#toast').textContent))
            .observe(document.querySelector('#toast'), { childList: true, characterData: true, subtree: true })
        `)
      const pid = await pidOf(page, name)
      process.kill(pid, 'SIGKILL')
      await poll(async () => [0, pid].includes(await pidOf(page, name))).toBe(false)
      await poll(() => text(page, '#status-text')).toBe('Connected')
      await poll(() => page.evaluate('said.join()')).toMatch(/away.*Connected again/)
      await poll(() => page.locator('[data-wire][data-state="up"]').count()).toBe(6)
      // Streams go on: the log, and requests that are asked for now.
      const total = await number(page, '#total')
      await poll(() => number(page, '#total')).toBeGreaterThan(total)
    },
  )

  it('finds all processes again when the supervisor is killed', async () => {
    const page = await open()
    const before = await Promise.all(NAMES.map((name) => pidOf(page, name)))
    process.kill(before[0] as number, 'SIGKILL')
    await poll(async () => [0, before[0]].includes(await pidOf(page, 'supervisor'))).toBe(false)
    await poll(() => states(page)).toEqual(NAMES.map((name) => [name, 'running']))
    const after = await Promise.all(NAMES.map((name) => pidOf(page, name)))
    expect(after.slice(1)).toEqual(before.slice(1))
  })

  it('stops, starts and restarts a process by its buttons', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Stop watcher', exact: true }).click()
    await poll(() => row(page, 'watcher').getAttribute('data-state')).toBe('stopped')
    expect(await pidOf(page, 'watcher')).toBe(0)
    await page.getByRole('button', { name: 'Start watcher', exact: true }).click()
    await poll(() => row(page, 'watcher').getAttribute('data-state')).toBe('running')
    const next = await pidOf(page, 'watcher')
    await page.getByRole('button', { name: 'Restart watcher', exact: true }).click()
    await poll(async () => [0, next].includes(await pidOf(page, 'watcher'))).toBe(false)
    await poll(() => text(page, '#title')).toMatch(/\w/)
    // What the page itself comes over is not stopped from the page.
    expect(await page.getByRole('button', { name: 'Stop agent', exact: true }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /supervisor/ }).count()).toBe(1)
  })

  it('shows the log of the process that is chosen, live', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'handlers-2', exact: true }).click()
    await poll(() => text(page, '#log-name')).toBe('handlers-2')
    await poll(() => text(page, '#log')).toContain('joined')
    const lines = () => page.locator('#log p', { hasText: 'requests answered' }).count()
    const before = await lines()
    await poll(lines).toBeGreaterThan(before)
  })

  it('sends what the slider and the button ask for', async () => {
    const page = await open()
    const total = await number(page, '#total')
    await page.getByRole('button', { name: 'Send 500' }).click()
    await poll(() => number(page, '#total')).toBeGreaterThan(total + 500)
    await page.getByRole('slider', { name: 'Load' }).focus()
    await page.keyboard.press('Home')
    await poll(() => number(page, '#rate')).toBe(0)
    // Another page is shown the same load.
    const other = await open()
    await poll(() => text(other, '#load-text')).toBe('0/s')
    await other.getByRole('slider', { name: 'Load' }).focus()
    for (let press = 0; press < 5; press++) await other.keyboard.press('ArrowRight')
    await poll(() => number(page, '#rate')).toBeGreaterThan(5)
  })

  it.each([390, 800, 1400])(
    'has nothing outside a window of %i pixels, in both colour schemes',
    async (width) => {
      const page = await open({ width, height: 860 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await page.evaluate(WIDE)).toEqual([width])
      }
    },
  )

  it('moves nothing for who wants no motion', async () => {
    const page = await open()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const moving = `document.getAnimations().length + [...document.querySelectorAll('*')]
        .filter((each) => !/^0s(, 0s)*$/.test(getComputedStyle(each).transitionDuration)).length`
    await poll(() => page.evaluate(moving)).toBe(0)
  })

  it('lets in nobody without the token, and nobody under another name', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${studio.origin}/`)
    await poll(() => text(page, '#status-text')).toBe('No token')
    expect(await text(page, '#toast')).toContain('Open the whole address')
    const body = await (await fetch(studio.origin)).text()
    expect(body).not.toContain(new URL(studio.url).hash.slice(7))
    expect((await answerUnder('rebound.test', studio.origin)).statusCode).toBe(403)
  })

  it('prints commands that work', async () => {
    const [status = '', call = '', kill = ''] = studio.commands
    for (const [command, wanted] of [
      [status, 'handlers-2'],
      [call, 'demo'],
    ] as const) {
      const [, ...args] = command.split(' ')
      expect((await run('npx', args)).out).toContain(wanted)
    }
    expect(kill).toMatch(/^kill -9 \d+/)
  })

  it('ends with everything on Ctrl-C', async () => {
    const { directory } = studio
    expect(processesOf(directory).length).toBeGreaterThanOrEqual(NAMES.length)
    expect((await studio.end('SIGINT')).code).toBe(0)
    expect(processesOf(directory)).toEqual([])
    expect(existsSync(directory)).toBe(false)
  })
})
