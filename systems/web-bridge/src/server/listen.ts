// Where an HTTP server listens, and in one line why it can not.
import { createServer, type Server } from 'node:http'
import { TielineError } from 'tieline'

/** What the system says, as its code and in words. */
const WHY: Readonly<Record<string, readonly [code: string, why: string]>> = {
  EADDRINUSE: ['endpoint-in-use', 'another program listens there'],
  EACCES: ['permission-denied', 'not permitted to listen there'],
  EADDRNOTAVAIL: ['invalid-argument', 'this machine has no such address'],
  ENOTFOUND: ['invalid-argument', 'there is no such host'],
  EAI_AGAIN: ['invalid-argument', 'the name of that host can not be looked up'],
}

/** Rejects with `endpoint-in-use`, `permission-denied` or, for the host, `invalid-argument`; `path` is named too. */
export function listening(server: Server, host: string, port: number, path = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const at = `http://${host}:${port}${path}`
      const [code, why] = WHY[cause.code ?? ''] ?? []
      const told = code && new TielineError(code, `${at}: ${why}`, { endpoint: at, cause })
      reject(told ?? cause)
    })
    server.listen({ host, port }, resolve)
  })
}

/**
 * Rejects as `listening` does, when the address can not be had now. It is free again afterwards: what
 * takes long to start need not be started to find that out.
 */
export async function tryAddress(host: string, port: number): Promise<void> {
  if (port === 0) return
  const server = createServer()
  await listening(server, host, port)
  await new Promise((resolve) => server.close(resolve))
}
