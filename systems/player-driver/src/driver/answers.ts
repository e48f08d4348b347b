// What it means when a client does not take what the driver calls it with.
import { isTielineError } from 'tieline'

/**
 * Why a client loses its subscription or its device; undefined when its whole connection is over,
 * which is told elsewhere.
 */
export function reasonOf(error: unknown, method: string, answerMs: number): string | undefined {
  if (!isTielineError(error)) return `${method} failed in the driver`
  if (error.code === 'deadline-exceeded') return `${method} was not answered within ${answerMs} ms`
  if (error.origin === 'remote') return `${method} was answered with an error: ${error.message}`
  if (error.code === 'too-large') return error.message
  return undefined
}
