// The page of browser.test.ts: calls a contract over the browser's own WebSocket.
import { connect, isTielineError } from 'tieline'
import { websocket } from 'tieline/transport'
import { Clockwork } from './contract.js'

/** What the test calls. The answers are plain data, as they cross from the page to the test. */
const actions = {
  /** Connects, and calls everything once. */
  async callAll(endpoint: string, token: string) {
    const clockwork = await connect(Clockwork, { at: websocket(endpoint, { token }) })
    const hello = await clockwork.hello({ name: 'Ada' })
    const megabyte = new Uint8Array(1024 * 1024).map((_, i) => i * 7)
    const echoed = await clockwork.echo(megabyte)
    const same =
      echoed.length === megabyte.length && echoed.every((byte, i) => byte === megabyte[i])
    let sum = 0
    for await (const item of clockwork.count({ to: 10_000 })) sum += item
    const boom = await clockwork.boom(null).catch(codeOf)
    await clockwork[Symbol.asyncDispose]()
    return { hello, same, sum, boom }
  },
  /** Connects, and leaves it at that. */
  async stay(endpoint: string, token: string) {
    await connect(Clockwork, { at: websocket(endpoint, { token }) })
  },
  /** The code with which connecting fails. */
  refusal: (endpoint: string, token: string) =>
    connect(Clockwork, { at: websocket(endpoint, { token }) }).then(() => 'connected', codeOf),
  /** The code with which an endpoint of another kind fails. */
  refusalOf: (endpoint: string) => connect(Clockwork, { at: endpoint }).then(() => '', codeOf),
}

export type Actions = typeof actions

function codeOf(error: unknown): string {
  return isTielineError(error) ? error.code : String(error)
}

Object.assign(globalThis, { actions })
