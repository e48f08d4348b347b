// Functions of the server's process, as handlers and other programs call them: by name, or typed by a
// contract. A call waits 30 s for its answer unless told.
import { type Caller, type CallOptions, type Client, type Contract, client } from 'tieline'
import { traced } from '../observe/tracing/rpc.js'

/** What a call by name may ask. `timeout` is milliseconds or '2s'; 30 s unless told. */
export interface RpcOptions extends Omit<CallOptions, 'within'> {}

/**
 * Rejects with `unknown-method` for a function that is not there, `deadline-exceeded`, `cancelled`,
 * `connection-lost`, or the code that the function failed with on purpose.
 */
export interface Rpc extends Caller {
  call(name: string, params?: unknown, options?: RpcOptions): Promise<unknown>
  /** An answer that streams: items as they come; the function ends when the loop is left. */
  stream(name: string, params?: unknown, options?: RpcOptions): AsyncIterableIterator<unknown>
  notify(name: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void
  /**
   * The functions of a contract, typed.
   * @example
   * const { cpu } = await context.rpc.of(Machine).load()
   */
  of<C extends Contract>(contract: C): Client<C>
}

/** An Rpc over anything that can be called. */
export function rpcOver(caller: Caller): Rpc {
  return new RpcOver(traced(caller))
}

class RpcOver implements Rpc {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  call(name: string, params?: unknown, options?: RpcOptions): Promise<unknown> {
    return this.#caller.call(name, params, options)
  }

  stream(name: string, params?: unknown, options?: RpcOptions): AsyncIterableIterator<unknown> {
    return this.#caller.stream(name, params, options)
  }

  notify(name: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void {
    this.#caller.notify(name, params, options)
  }

  of<C extends Contract>(contract: C): Client<C> {
    return client(contract, this)
  }
}
