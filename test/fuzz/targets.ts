// The fuzz targets of the repository: each `*.fuzz.ts` beside its decoder, and what was found with it.
// Such a file exports `name`, `target` (throws when the decoder breaks a rule) and perhaps `seeds`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface FuzzFile {
  readonly name: string
  readonly target: (bytes: Uint8Array) => void
  /** Inputs to begin from; of a text each character is one byte. */
  readonly seeds?: readonly (string | Uint8Array)[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const ENDING = '.fuzz.ts'
const LEFT_OUT = new Set(['node_modules', 'dist'])

/** The paths of all `*.fuzz.ts`. */
export function fuzzFiles(): string[] {
  return ['packages', 'systems'].flatMap((parent) => below(join(root, parent))).sort()
}

function below(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : below(path)
    return entry.name.endsWith(ENDING) ? [path] : []
  })
}

export async function load(path: string): Promise<FuzzFile> {
  return (await import(pathToFileURL(path).href)) as FuzzFile
}

/** What a fuzzer found with that target, each a file of bytes. */
export function corpusOf(name: string): { file: string; bytes: Uint8Array }[] {
  const directory = join(root, 'test/fuzz/corpus', name)
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .sort()
    .map((file) => ({ file, bytes: new Uint8Array(readFileSync(join(directory, file))) }))
}

/** The names of all folders in the corpus. */
export function corpora(): string[] {
  const directory = join(root, 'test/fuzz/corpus')
  return existsSync(directory) ? readdirSync(directory) : []
}

export function bytesOf(seed: string | Uint8Array): Uint8Array {
  if (typeof seed !== 'string') return new Uint8Array(seed)
  return Uint8Array.from(seed, (character) => character.charCodeAt(0) & 0xff)
}
