// Chromium, for tests of pages in a real browser.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type Browser, chromium as engine } from 'playwright-core'
import { afterEach } from 'vitest'
import { atEnd } from './at-end.js'
import { peer } from './peer.js'

export const chromium = peer('chromium', 'Debian package chromium')

/** As root in a container, and with nothing that calls home or waits for a graphics card. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

const browsers: Browser[] = []
afterEach(async () => {
  for (const context of browsers.flatMap((browser) => browser.contexts())) await context.close()
})

/** A browser for all tests of the file. Its pages are closed after each, and it with the last one. */
export async function openBrowser(...args: string[]): Promise<Browser> {
  const browser = await engine.launch({
    executablePath: chromium.path,
    args: [...ARGUMENTS, ...args],
  })
  browsers.push(browser)
  atEnd(() => browser.close())
  return browser
}

/** What the server at `url` answers by the name `host`: as to a page whose own name points at it. */
export async function answerUnder(host: string, url: string, path = '/'): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url)
  const request = get({ hostname, port, path, headers: { host } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response.resume()
}
