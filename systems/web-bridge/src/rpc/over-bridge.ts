// Calls of functions by name, over a connection to the server: the name travels with the params, so
// that functions and what the server answers itself never meet.
import type { Call, Caller, CallOptions, Client } from 'tieline'
import type { Bridge } from '../contract/bridge.js'

/** Calls on behalf of nobody else: they last as long as they ask for. */
export function overServer(server: Client<typeof Bridge>): Caller {
  return {
    call: (name, params, given) => server.rpc([name, params], given),
    stream: (name, params, given) => server.rpcStream([name, params], given),
    notify: (name, params, given) => server.rpcNotify([name, params], given),
  }
}

/** `within`: the request on whose behalf is called; its end is theirs, and its deadline. */
export function overBridge(
  server: Caller,
  within?: () => Pick<Call, 'signal' | 'remaining'>,
): Caller {
  const options = (given: CallOptions | undefined): CallOptions | undefined =>
    within === undefined ? given : { ...given, within: within() }
  return {
    call: (name, params, given) => server.call('rpc', [name, params], options(given)),
    stream: (name, params, given) => server.stream('rpcStream', [name, params], options(given)),
    notify: (name, params, given) => server.notify('rpcNotify', [name, params], given),
  }
}
