// A backend without a contract: functions by name answer requests, as in ipckit's examples.
import { isTielineError } from 'tieline'
import type { FileChannel } from './file-channel.js'
import type { Message } from './message.js'

/** Gets the request's payload. What it throws with `fail(…)` is told to the caller in its own words. */
export type Handler = (params: unknown, request: Message) => unknown

export interface ResponderOptions {
  readonly signal?: AbortSignal
  /** Told of every request when it was answered. */
  readonly answered?: (request: Message, error: string | undefined) => void
  /** Gets every message that is no request. */
  readonly other?: (message: Message) => void
}

/**
 * Answers requests until the signal fires or the channel is closed. Handlers run side by side. An
 * unknown method, and what a handler throws, is answered with an error.
 */
export async function respond(
  channel: FileChannel,
  handlers: Readonly<Record<string, Handler>>,
  options: ResponderOptions = {},
): Promise<void> {
  const known = new Map(Object.entries(handlers))
  const running = new Set<Promise<void>>()
  const answer = async (request: Message): Promise<void> => {
    let error: string | undefined
    try {
      const handler = known.get(request.method ?? '')
      if (handler === undefined) error = `no such method: ${request.method ?? ''}`
      else await channel.sendResponse(request.id, (await handler(request.payload, request)) ?? null)
    } catch (thrown) {
      const crosses =
        isTielineError(thrown) && (thrown.crosses || thrown.code === 'invalid-argument')
      error = crosses ? thrown.message : 'internal error'
    }
    // An answer that cannot be written is reported by the channel; the caller's time runs out.
    if (error !== undefined) await channel.sendError(request.id, error).catch(() => {})
    options.answered?.(request, error)
  }
  for await (const message of channel.messages(options.signal ? { signal: options.signal } : {})) {
    if (message.type === 'request') {
      const run = answer(message)
      running.add(run)
      void run.finally(() => running.delete(run))
    } else {
      options.other?.(message)
    }
  }
  await Promise.all(running)
}
