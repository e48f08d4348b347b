// Functions as splice exports them.
import type { Service } from 'tieline'
import { type RpcFunctions, rpcService } from '../../rpc/functions.js'
import type { SpliceExport } from './messages.js'

export interface SpliceFunctions {
  readonly exports: readonly SpliceExport[]
  readonly service: Service
}

/** Throws `invalid-argument` for a name that is there twice. */
export function spliceFunctions(given: readonly RpcFunctions[]): SpliceFunctions {
  const { names, service } = rpcService(given)
  const exports = names.map((name) => ({
    name,
    isAsync: true,
    isStreaming: streams(given, name),
    // What is known of a function's schema is checked by its contract; here it is any.
    paramsSchema: '{}',
    returnSchema: '{}',
  }))
  return { exports, service }
}

/** Only a contract says that a function streams. */
function streams(given: readonly RpcFunctions[], name: string): boolean {
  return given.some((functions) => {
    const { contract } = functions as {
      readonly contract?: { readonly methods?: Readonly<Record<string, { readonly kind: string }>> }
    }
    const methods = contract?.methods
    return methods !== undefined && Object.hasOwn(methods, name) && methods[name]?.kind === 'stream'
  })
}
