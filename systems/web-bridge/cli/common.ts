// What the commands have in common: options, sizes, tokens, waiting for the end.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { TielineError } from 'tieline'
import type { Option } from 'tieline/command'

export const at = {
  kind: 'text',
  value: 'ENDPOINT',
  about: 'where handler processes and calls meet the server\n(default local:web-bridge)',
} as const satisfies Option

export const tokenFile = {
  kind: 'text',
  value: 'FILE',
  about: 'where the token of calls over HTTP is',
} as const satisfies Option

export const logLevel = {
  kind: 'text',
  value: 'LEVEL',
  oneOf: ['debug', 'info', 'warn', 'error'],
  about: 'the least that is logged on stderr (default info)',
} as const satisfies Option

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** '16m', '1g', '500k' or bytes. Throws `usage`. */
export function bytesOf(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
  const bytes = Number(count) * (UNITS[unit.toLowerCase()] as number)
  if (count !== '' && Number.isSafeInteger(bytes)) return bytes
  throw new TielineError('usage', `${option} takes bytes, as 500k, 16m or 1g, not '${text}'`)
}

/** Before a process is started for it: a name that is mistyped is told at once. Throws `invalid-argument`. */
export function mustExist(module: string): void {
  if (!existsSync(module))
    throw new TielineError('invalid-argument', `there is no module ${module}`)
}

/** The token in a file, or in WEB_BRIDGE_TOKEN; undefined where there is neither. Throws `usage`. */
export async function tokenFrom(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env['WEB_BRIDGE_TOKEN'] || undefined
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw new TielineError('usage', `--token-file: ${(cause as Error).message}`, { cause })
  }
}

/** Resolves when the signal fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
