// Calls of functions by `POST /__zap_rpc`, over the quickest HTTP client there is for Node: undici with
// connections that are kept.
import type { Pool } from 'undici'

export function httpCaller(pool: Pool, token: string) {
  const headers = { 'content-type': 'application/json', 'x-bridge-token': token }
  return async (method: string, params: unknown): Promise<unknown> => {
    const { body, statusCode } = await pool.request({
      path: '/__zap_rpc',
      method: 'POST',
      headers,
      body: JSON.stringify({ method, params }),
    })
    const { data } = (await body.json()) as { data?: unknown }
    if (statusCode !== 200) throw new Error(`${method} was answered ${statusCode}`)
    return data
  }
}
