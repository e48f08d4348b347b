// The bounds of a connection between the server and a handler process: both are ours, and what one
// browser may do is bounded before it comes here.
import type { Limits } from 'tieline'

export const BRIDGE_LIMITS: Partial<Limits> = Object.freeze({
  // What the server lets in at once: each request, body and socket is one. 16,384: a process's
  // descriptors run out before.
  calls: 16_384,
  streams: 16_384,
  // Answers that wait while the server is busy: 1,024 of the largest that travel inline.
  queuedBytes: 64 * 1024 * 1024,
})
