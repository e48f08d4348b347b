// The original's own rpc client, which keeps one connection for its whole process: each is a fresh copy
// of its module.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export interface ZapRpcClient {
  initRpcClient(path: string): Promise<void>
  rpcCall(name: string, params?: unknown, timeoutMs?: number): Promise<unknown>
  closeRpcClient(): Promise<void>
}

let copies = 0

/** Connects to a `.rpc` socket. */
export async function zapRpcClient(path: string): Promise<ZapRpcClient> {
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('@zap-js/client/node'))
  // It is not among the package's exports; its entry lies beside it.
  const module = new URL(`./rpc-client.js?copy=${++copies}`, entry)
  const client = (await import(module.href)) as ZapRpcClient
  await client.initRpcClient(path)
  return client
}
