// 1 GiB each way, with the memory of both processes watched.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { silentLog, startBridge, type WebBridge } from '@tieline/web-bridge'
import { expect, onTestFinished, test } from 'vitest'
import { ownDirectory, ownFile, until } from './bridge.test.helper.js'

const GIB = 1024 ** 3
const MIB = 1024 ** 2
// What V8 and the windows on the way take and give back; a tenth of what is sent would show.
const GROWTH = 150 * MIB

const HANDLERS = `
const piece = new Uint8Array(256 * 1024)
export const routes = {
  'GET /gib': async function* () { for (let n = 0; n < 4096; n++) yield piece },
  'POST /count': async ({ body }) => {
    let bytes = 0
    for await (const chunk of body) bytes += chunk.byteLength
    return { bytes }
  },
  'GET /warm': () => 'warm',
}
`

async function running(): Promise<WebBridge> {
  const module = await ownFile('handlers.mjs', HANDLERS)
  const bridge = await startBridge({
    port: 0,
    at: `unix:${join(await ownDirectory(), 'bridge.sock')}`,
    modules: [module],
    maxBodyBytes: 2 * GIB,
    log: silentLog,
  })
  onTestFinished(() => bridge.close())
  await (await fetch(`${bridge.url}/warm`)).text()
  return bridge
}

/** How much the memory of the server's and of the handler's process grew while something ran. */
async function growth(bridge: WebBridge, run: () => Promise<void>): Promise<number> {
  const pids = [process.pid, bridge.health().processes[0]?.pid as number]
  const before = pids.map(residentBytes)
  let most = 0
  const look = () => {
    for (const [at, pid] of pids.entries()) {
      most = Math.max(most, residentBytes(pid) - (before[at] as number))
    }
  }
  const timer = setInterval(look, 20)
  try {
    await run()
  } finally {
    clearInterval(timer)
  }
  look()
  return most
}

function residentBytes(pid: number): number {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}

const linux = process.platform === 'linux'

test.skipIf(!linux)(
  '1 GiB down: every byte, and memory stays flat',
  { timeout: 60_000 },
  async () => {
    const bridge = await running()
    let bytes = 0
    const grown = await growth(bridge, async () => {
      const response = await fetch(`${bridge.url}/gib`)
      for await (const chunk of response.body as NonNullable<Response['body']>) {
        bytes += chunk.byteLength
      }
    })
    expect(bytes).toBe(GIB)
    expect(grown).toBeLessThan(GROWTH)
  },
)

test.skipIf(!linux)(
  '1 GiB up: every byte, and memory stays flat',
  { timeout: 60_000 },
  async () => {
    const bridge = await running()
    let received = ''
    const grown = await growth(bridge, async () => {
      const { hostname, port } = new URL(bridge.url)
      const socket = connect(Number(port), hostname)
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk
      })
      socket.write(
        `POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: ${GIB}\r\nConnection: close\r\n\r\n`,
      )
      const piece = Buffer.alloc(256 * 1024)
      for (let count = 0; count < 4096; count++) {
        if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve))
      }
      await until(() => socket.closed, 'the end of the connection')
    })
    expect(received).toContain(`{"bytes":${GIB}}`)
    expect(grown).toBeLessThan(GROWTH)
  },
)
