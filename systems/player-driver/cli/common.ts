// What the commands have in common: where the driver is, and how an end of the program that started
// this one ends it too.
import { EXIT, type Option } from 'tieline/command'
import { driverEndpoint, endpointFrom } from '../src/ipc/endpoint.js'
import { untilFirst } from '../src/watchers/wait.js'

export function at(about: string) {
  return { kind: 'text', value: 'ENDPOINT', about } as const satisfies Option
}

/** Where the driver is: `--at` of the commands that connect to it. */
export const driverAt = at('where the driver is (default $FSCT_IPC_ENDPOINT or local:fsct)')

/** For programs that start this one, and end. */
export const tied = { kind: 'flag' } as const satisfies Option

/** The endpoint that was given, or where the driver is by default. */
export function driverFrom(given: string | undefined): string {
  return given === undefined ? driverEndpoint() : endpointFrom(given)
}

interface Tied {
  readonly args: { readonly options: { readonly tied: boolean } }
  readonly signal: AbortSignal
}

/**
 * Runs with a signal that with `--tied` fires also at the end of stdin: whoever started this process
 * holds the other end. Its end, however it came, is ours.
 */
export async function whileTied(
  { args, signal }: Tied,
  run: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  if (!args.options.tied) return run(signal)
  const over = new AbortController()
  const { stdin } = process
  stdin.resume()
  stdin.on('close', () => over.abort(new Error('the program that started this one ended')))
  // Some ends of a pipe come as an error.
  stdin.on('error', () => {})
  try {
    return await untilFirst([signal, over.signal], run)
  } catch (error) {
    // What fails after that end fails because of it.
    if (over.signal.aborted) return EXIT.done
    throw error
  } finally {
    stdin.destroy()
  }
}
