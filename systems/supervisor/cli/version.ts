// The version of this package.
import { readFile } from 'node:fs/promises'

export async function version(): Promise<string> {
  // From dist/cli to the package's root.
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
