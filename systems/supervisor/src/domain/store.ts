// What outlives the daemon: one file for each app, replaced whole, so that a reader never sees half.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppConfig } from '../config/app-config.js'
import type { RunRecord } from '../processes/app-process.js'
import type { AppState } from './events.js'

/** Of the form below. A file of another major is left alone. */
const VERSION = 1

export interface AppRecord {
  readonly config: AppConfig
  /** What its user wants of it. */
  readonly wanted: 'running' | 'stopped'
  readonly state: AppState
  readonly restarts: number
  readonly lastExitCode: number | null
  /** The run that was begun last and is not known to be over. */
  readonly run?: RunRecord
}

export class Store {
  readonly directory: string
  readonly #apps: string
  readonly #saved: string

  constructor(directory: string) {
    this.directory = directory
    this.#apps = join(directory, 'apps')
    this.#saved = join(directory, 'saved.json')
    mkdirSync(this.#apps, { recursive: true, mode: 0o700 })
  }

  /** All apps. `damaged` is told of a file that cannot be read; it is left as it is. */
  load(damaged: (path: string, error: unknown) => void): AppRecord[] {
    const names = readdirSync(this.#apps).filter((name) => name.endsWith('.json'))
    return names.flatMap((name) => {
      const path = join(this.#apps, name)
      try {
        const { version, app } = JSON.parse(readFileSync(path, 'utf8')) as {
          version: number
          app: AppRecord
        }
        if (version !== VERSION || typeof app.config.id !== 'string') {
          throw new Error(`it has version ${version}, this daemon reads ${VERSION}`)
        }
        return [app]
      } catch (error) {
        damaged(path, error)
        return []
      }
    })
  }

  keep(app: AppRecord): void {
    replaceFile(this.#pathOf(app.config.id), { version: VERSION, app })
  }

  forget(id: string): void {
    rmSync(this.#pathOf(id), { force: true })
  }

  /** Keeps the list that `saved` reads, and returns its file. Throws what the file system throws. */
  save(apps: readonly AppConfig[]): string {
    replaceFile(this.#saved, { version: VERSION, apps })
    return this.#saved
  }

  /** Undefined when nothing was saved. Throws for a file that cannot be read. */
  saved(): readonly AppConfig[] | undefined {
    let text: string
    try {
      text = readFileSync(this.#saved, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    return (JSON.parse(text) as { apps: AppConfig[] }).apps
  }

  #pathOf(id: string): string {
    return join(this.#apps, `${id}.json`)
  }
}

function replaceFile(path: string, value: unknown): void {
  const next = `${path}.next`
  try {
    writeFileSync(next, `${JSON.stringify(value)}\n`, { mode: 0o600 })
    renameSync(next, path)
  } catch (error) {
    // On a full disk, half of it.
    rmSync(next, { force: true })
    throw error
  }
}
