// Calls of functions by name, over a connection to the server: the name travels with the params, so
// that functions and what the server answers itself never meet.
import type { Call, Caller, CallOptions } from 'tieline'

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
