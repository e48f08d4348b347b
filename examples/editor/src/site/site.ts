// A small HTTP server for the page's files, on this machine only. It gives out nothing secret: the
// token is behind the # of the address that is printed, which no browser sends.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import type { SiteFiles } from './bundle.js'

const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

export interface SiteOptions {
  readonly files: SiteFiles
  /** Where the page finds the channel host: `ws://127.0.0.1:9002/`. */
  readonly endpoint: string
  /** 0: any that is free. */
  readonly port: number
}

export interface Site {
  /** `http://127.0.0.1:PORT`, which the channel host has to allow. */
  readonly origin: string
  close(): Promise<void>
}

/** Rejects when the port is taken. */
export async function serveSite({ files, endpoint, port }: SiteOptions): Promise<Site> {
  const server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const origin = `http://${host}`

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: number, headers = {}) => response.writeHead(status, headers).end()
    // A name of this machine that the channel host would not allow as an origin. The part behind the
    // # comes along.
    if (request.headers.host === host.replace('127.0.0.1', 'localhost')) {
      return void refuse(308, { location: `${origin}/` })
    }
    // Any other name was made to point here by somebody.
    if (request.headers.host !== host) return void refuse(403)
    if (request.method !== 'GET' && request.method !== 'HEAD') return void refuse(405)
    const path = request.url ?? ''
    const file = files.get(path)
    if (file === undefined) return void refuse(404)
    const body = path === '/' ? String(file).replace('{{endpoint}}', endpoint) : file
    response.writeHead(200, { ...headersFor(endpoint), 'content-type': TYPES[extname(path)] })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The page runs its own script, talks to the channel host, and is put into nobody's frame. */
function headersFor(endpoint: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    `connect-src ${endpoint}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
}
