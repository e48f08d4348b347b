// Ports of this machine. They stay the same when what listens on them is restarted.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Any that is free. */
export async function freePort(): Promise<number> {
  return (await tried(0)) as number
}

export async function isFree(port: number): Promise<boolean> {
  return (await tried(port)) !== undefined
}

async function tried(port: number): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch {
    // Taken, or not ours to have: either way it is not free.
    return undefined
  } finally {
    server.close()
  }
}
