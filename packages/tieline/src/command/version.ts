// The version of a package, from its package.json.
import { readFile } from 'node:fs/promises'

export async function versionOf(manifest: URL): Promise<string> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version
}
