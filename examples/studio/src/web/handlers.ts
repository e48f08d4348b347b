// Runs in the handler processes: the page's files, and a little work for the load.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpError, type RouteTable, reply } from '@tieline/web-bridge'
import { channelsOf, placeOfThisProcess, within } from '../place.js'
import { ANSWERED_BY } from './answered-by.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}
/** Milliseconds that a request works: most few, some many. */
const WORK_MS = 4
/** Milliseconds between two lines of the log, while there is work. */
const TOLD_EVERY_MS = 3000

const place = placeOfThisProcess()
/** The name that the supervisor gave this process. */
const name = process.env['SUPERCTL_APP'] ?? 'handlers'
const files = filesIn(within(place.directory).page)

const headers = {
  [ANSWERED_BY]: name,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    `connect-src ${channelsOf(place)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** By their paths on the site. They were made before this process was started, and do not change. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name: file }) => join(parentPath, file))
      .map((path) => [`/${relative(folder, path)}`, readFileSync(path, 'utf8')]),
  )
}

function page(path: string) {
  const text = files.get(path)
  if (text === undefined) throw new HttpError(404, 'there is no such file')
  return reply(text, { headers: { ...headers, 'content-type': TYPES[extname(path)] ?? '' } })
}

let answered = 0
let told = 0
setInterval(() => {
  if (answered > told) process.stdout.write(`${answered - told} requests answered\n`)
  told = answered
}, TOLD_EVERY_MS).unref()

export const routes: RouteTable = {
  'GET /': () => page('/index.html'),
  'GET /assets/*': ({ params }) => page(`/assets/${params['*'] ?? ''}`),
  'GET /work': async () => {
    await sleep(WORK_MS * Math.exp((Math.random() + Math.random() - 1) * 1.4))
    answered++
    return reply({ answeredBy: name }, { headers: { [ANSWERED_BY]: name } })
  },
}
