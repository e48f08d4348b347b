// What the web bridge of the soak answers, in its handler processes.
import { appendFileSync } from 'node:fs'
import { type RouteTable, reply } from '@tieline/web-bridge'

const notes = process.env['SOAK_NOTES'] ?? ''

export const routes = {
  'GET /echo/:n': ({ params }) => ({ n: params['n'], pid: process.pid }),
  'GET /double/:n': async ({ params }, { rpc }) => ({
    n: await rpc.call('double', params['n'], { timeout: '5s' }),
  }),
  'POST /sum': async ({ body }) => {
    let bytes = 0
    let sum = 0
    for await (const chunk of body) {
      bytes += chunk.byteLength
      for (const one of chunk) sum = (sum + one) % 65_521
    }
    return { bytes, sum }
  },
  // Not to be run twice: written down once for each time that it runs.
  'POST /note/:n': ({ params }) => {
    appendFileSync(notes, `${params['n']}\n`)
    return { n: params['n'] }
  },
  'GET /lines/:count': ({ params }) => reply(lines(Number(params['count']))),
  'WS /echo': { message: (socket, data) => socket.send(data) },
} satisfies RouteTable

async function* lines(count: number) {
  for (let n = 1; n <= count; n++) yield Buffer.from(`${n}\n`)
}
