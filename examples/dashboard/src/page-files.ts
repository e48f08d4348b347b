// The page's files, by the names under which it asks for them. Nothing else of the disk is served.
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { HttpError, type Reply, reply } from '@tieline/web-bridge'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}
/** A name, or one in a folder: nothing that climbs, nothing that is hidden. */
const NAME = /^([a-z][a-z-]*\/)?[a-z][a-z-]*\.(html|css|js)$/
/** Compiled: dist/page beside dist/src. As it is: the page's own folder. */
const SCRIPTS = new URL('../page/', import.meta.url)
const TEXTS = new URL('../../page/', import.meta.url)

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export async function pageFile(name: string): Promise<Reply> {
  if (!NAME.test(name)) throw notThere()
  const type = extname(name)
  const folder = type === '.js' ? SCRIPTS : TEXTS
  const text = await readFile(new URL(name, folder), 'utf8').catch(() => {
    throw notThere()
  })
  return reply(text, { headers: { ...HEADERS, 'content-type': TYPES[type] ?? 'text/plain' } })
}

function notThere(): HttpError {
  return new HttpError(404, 'there is no such file')
}
