// The original's splice protocol, as far as its programs speak it: our functions under its broker, our
// calls through it, and our functions where its server expects a broker.
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
import { until } from 'tieline/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { Command, isAlive } from '../support/command.js'
import { splice, startZap, zap } from '../support/zap.js'
import { type ZapRpcClient, zapRpcClient } from './zap-rpc-client.js'

let folder: string

beforeEach(() => {
  folder = ownFolder()
})

describe.skipIf(!splice.available)(
  'our functions and our calls, with the original broker between',
  () => {
    let broker: Command
    let host: SpliceHost

    beforeEach(async () => {
      // It starts its worker by a path alone: a script of two lines that this Node runs.
      const script = new URL('zap-splice-worker.mjs', import.meta.url).pathname
      const worker = join(folder, 'worker')
      await writeFile(worker, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`)
      await chmod(worker, 0o755)
      const at = join(folder, 'host.sock')
      broker = new Command(splice.path, ['--socket', at, '--worker', worker, '--timeout', '5'])
      await broker.said('Host socket listening')
      host = await connectSplice({ at })
      atEnd(() => host.close())
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
      expect(isAlive(pid)).toBe(true)
      await broker.end('SIGTERM')
      await until('it is gone', () => !isAlive(pid))
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
      atEnd(() => server.close({ withinMs: 0 }))
      expect(statSync(server.path).mode & 0o777).toBe(0o600)
      atEnd(() => expect(existsSync(server.path)).toBe(true))
      const at = join(folder, 'zap.sock')
      const running = await startZap({ socket: at, routes: [], spliceSocket: server.path })
      atEnd(() => running.stop())
      rpc = await connectOriginalRpc({ at })
      atEnd(() => rpc.close())
      original = await zapRpcClient(`${at}.rpc`)
      atEnd(() => original.closeRpcClient())
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
