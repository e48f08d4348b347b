// The version of a package, from its package.json.
import { readFile } from 'node:fs/promises'

/** The `version` in a package.json. Rejects when it cannot be read. */
export async function versionOf(manifest: URL): Promise<string> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version
}
