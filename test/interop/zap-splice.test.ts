// The original's splice protocol, as far as its programs speak it: our functions under its broker, our
// calls through it, and our functions where its server expects a broker.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  connectOriginalRpc,
  connectSplice,
  type OriginalRpc,
  type SpliceHost,
  serveSplice,
} from '@tieline/web-bridge'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ended, outputOf, ownFolder, splice, startZap, zap } from '../support/zap.js'
import { type ZapRpcClient, zapRpcClient } from './zap-rpc-client.js'

const ends: (() => unknown)[] = []
let folder: string

beforeEach(() => {
  const own = ownFolder()
  ends.push(own.remove)
  folder = own.path
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 15_000
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to that')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe.skipIf(!splice.available)(
  'our functions and our calls, with the original broker between',
  () => {
    let broker: ChildProcess
    let host: SpliceHost

    beforeEach(async () => {
      // It starts its worker by a path alone: a script of two lines that this Node runs.
      const script = new URL('zap-splice-worker.mjs', import.meta.url).pathname
      const worker = join(folder, 'worker')
      await writeFile(worker, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`)
      await chmod(worker, 0o755)
      const at = join(folder, 'host.sock')
      broker = spawn(splice.path, ['--socket', at, '--worker', worker, '--timeout', '5'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      ends.push(() => ended(broker, 'SIGKILL'))
      const output = outputOf(broker)
      await until(() => output().includes('Host socket listening'))
      host = await connectSplice({ at })
      ends.push(() => host.close())
    })

    it('shake hands and list the functions', async () => {
      const names = (await host.exports()).map(({ name }) => name).sort()
      expect(names).toEqual(['add', 'echo', 'meta', 'never', 'pid', 'secret', 'slow', 'ticks'])
    })

    it('carry calls, results and what goes beside them', async () => {
      expect(await host.call('add', { a: 4, b: 5 })).toBe(9)
      const value = { text: 'grüße', list: [1, -2, 3.5, null, true], big: 2 ** 40 }
      expect(await host.call('echo', value)).toEqual(value)
      expect(await host.call('meta', {}, { meta: { traceparent: '00-1-2-01' } })).toEqual({
        traceparent: '00-1-2-01',
      })
    })

    it('carry a value of megabytes', async () => {
      const text = 'x'.repeat(4_000_000)
      expect(await host.call('echo', { text })).toEqual({ text })
    })

    it('carry errors: the message of a function that is not there, and nothing of one that threw', async () => {
      await expect(host.call('nope')).rejects.toMatchObject({
        message: expect.stringContaining("'nope' not implemented"),
      })
      await expect(host.call('secret')).rejects.toMatchObject({ message: 'internal error' })
    })

    it('end a call at its deadline, on both sides', async () => {
      const late = host.call('never', {}, { timeout: 200 })
      await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
      expect(await host.call('add', { a: 1, b: 1 })).toBe(2)
    })

    it('cancel on this side at once; the broker lets the call run to its deadline', async () => {
      const browser = new AbortController()
      const call = host.call('never', {}, { signal: browser.signal, timeout: 500 })
      setTimeout(() => browser.abort(), 50)
      await expect(call).rejects.toMatchObject({ code: 'cancelled' })
      expect(await host.call('add', { a: 1, b: 1 })).toBe(2)
    })

    it('get no answer of the broker to a question how it is', async () => {
      await expect(host.health({ timeoutMs: 200 })).rejects.toMatchObject({
        code: 'deadline-exceeded',
      })
      expect(await host.call('add', { a: 1, b: 1 })).toBe(2)
    })

    it('end with the broker: the worker leaves when its connection does', async () => {
      const pid = (await host.call('pid')) as number
      expect(alive(pid)).toBe(true)
      await ended(broker, 'SIGTERM')
      await until(() => !alive(pid))
      await expect(host.call('add', { a: 1, b: 1 }, { timeout: 100 })).rejects.toMatchObject({
        code: expect.stringMatching(/^(deadline-exceeded|unavailable|connection-lost)$/),
      })
    })
  },
)

describe.skipIf(!zap.available)(
  "our functions where the original's server expects a broker",
  () => {
    let rpc: OriginalRpc
    let original: ZapRpcClient

    beforeEach(async () => {
      const server = await serveSplice(
        [
          {
            add: (params) => {
              const { a, b } = params as { a: number; b: number }
              return a + b
            },
            echo: (params) => params,
            secret: () => {
              throw new Error('a secret')
            },
          },
        ],
        { at: join(folder, 'splice.sock') },
      )
      ends.push(() => server.close({ withinMs: 0 }))
      expect(statSync(server.path).mode & 0o777).toBe(0o600)
      ends.push(() => expect(existsSync(server.path)).toBe(true))
      const at = join(folder, 'zap.sock')
      const running = await startZap({ socket: at, routes: [], spliceSocket: server.path })
      ends.push(() => running.stop())
      rpc = await connectOriginalRpc({ at })
      ends.push(() => rpc.close())
      original = await zapRpcClient(`${at}.rpc`)
      ends.push(() => original.closeRpcClient())
    })

    it('answer its .rpc socket, our calls and those of its own client', async () => {
      expect(await rpc.call('add', { a: 1, b: 2 })).toBe(3)
      expect(await original.rpcCall('add', { a: 1, b: 2 })).toBe(3)
      const value = { text: 'grüße', list: [1, -2, 3.5, null, true] }
      expect(await rpc.call('echo', value)).toEqual(value)
      expect(await original.rpcCall('echo', value)).toEqual(value)
    })

    it('answer errors', async () => {
      await expect(rpc.call('nope', {})).rejects.toMatchObject({ code: 'unknown-method' })
      await expect(rpc.call('secret', {})).rejects.toMatchObject({ message: 'internal error' })
      await expect(original.rpcCall('secret')).rejects.toMatchObject({ errorType: 'RpcError' })
    })
  },
)
