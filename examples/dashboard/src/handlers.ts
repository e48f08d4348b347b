// The handlers, which run in processes of their own: the page and its feed, and a small shop for the
// sample visitors.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  events,
  type HandlerContext,
  type HandlerRequest,
  HttpError,
  type RouteTable,
  reply,
  type ServerEvent,
} from '@tieline/web-bridge'
import { Monitor } from './monitor.js'
import { pageFile } from './page-files.js'

/** Milliseconds after which the page connects again when its process is gone. */
const RETRY_MS = 400

async function* feed({ rpc, draining }: HandlerContext): AsyncGenerator<ServerEvent> {
  const monitor = rpc.of(Monitor)
  const data = { ...(await monitor.snapshot()), servedBy: process.pid }
  yield { event: 'snapshot', data, retry: RETRY_MS }
  for await (const sample of monitor.samples()) {
    if (draining.aborted) return
    yield { event: 'sample', data: sample, id: String(sample.point.at) }
  }
}

/** A form of another site could send the request, but not this header. */
function onlyFromPage({ headers }: HandlerRequest): void {
  if (headers['x-dashboard'] !== '1') throw new HttpError(403, 'only the dashboard may do that')
}

/** Most are quick, and a few are not. */
function worksFor(middleMs: number): Promise<void> {
  return sleep(middleMs * Math.exp((Math.random() + Math.random() - 1) * 1.6))
}

export const routes: RouteTable = {
  'GET /': () => pageFile('index.html'),
  'GET /assets/*': ({ params }) => pageFile(params['*'] ?? ''),
  'GET /feed': (_, context) => events(feed(context)),
  'POST /visitors/:on': async (request, { rpc }) => {
    onlyFromPage(request)
    await rpc.of(Monitor).visitors({ on: request.params['on'] === 'on' })
  },
  'POST /processes/:pid/kill': async (request, { rpc }) => {
    onlyFromPage(request)
    const pid = Number(request.params['pid'])
    // It may be this one: then nobody is left to answer, and the page looks at what happens next.
    await rpc.of(Monitor).kill({ pid })
    return reply(undefined, { status: 202 })
  },

  'GET /shop/items/:item': async ({ params }, { rpc }) => {
    const found = await rpc.of(Monitor).lookUp({ item: params['item'] ?? '' })
    await worksFor(6)
    return found
  },
  'GET /shop/search': async ({ query }, { rpc }) => {
    const item = String(query['q'] ?? '')
    const monitor = rpc.of(Monitor)
    const found = await Promise.all([1, 2, 3].map((n) => monitor.lookUp({ item: `${item} ${n}` })))
    await worksFor(14)
    return found
  },
  'POST /shop/orders': async () => {
    await worksFor(28)
    // What the page shows as an error, every now and then.
    if (Math.random() < 0.08) throw new HttpError(503, 'the till is jammed')
    return reply({ ordered: true }, { status: 201 })
  },
}
