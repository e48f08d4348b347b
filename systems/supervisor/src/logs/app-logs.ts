// The logs of one app: two outputs, the files they go to, and the last lines of each.
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { AppConfig } from '../config/app-config.js'
import type { LogStream } from '../domain/events.js'
import { Output } from './output.js'
import { RotatedLog } from './rotated-log.js'

export interface AppLogsOptions {
  /** Where spools are, and the logs of apps that name no files of their own. */
  readonly spoolDirectory: string
  readonly logDirectory: string
  readonly wanted: () => boolean
  readonly line: (stream: LogStream, line: string) => void
  /** A log file cannot be written, or an output cannot be read. */
  readonly failed: (error: Error) => void
}

export interface LastLines {
  readonly errors: string[]
  readonly output: string[]
}

/** Milliseconds that the end of a run waits for its last output to be read. */
const FINISH_MS = 3000

export class AppLogs {
  readonly #options: AppLogsOptions
  readonly #outputs: Readonly<Record<LogStream, Output>>
  #files: ReadonlyMap<string, RotatedLog>

  constructor(config: AppConfig, options: AppLogsOptions) {
    this.#options = options
    this.#files = this.#open(config)
    const output = (stream: LogStream) =>
      new Output({
        spoolPath: join(options.spoolDirectory, `${config.id}.${stream}`),
        logs: this.#logsOf(config, stream),
        wanted: options.wanted,
        line: (line) => options.line(stream, line),
        failed: ({ message }) =>
          options.failed(new Error(`its ${stream} cannot be read: ${message}`)),
      })
    this.#outputs = { stdout: output('stdout'), stderr: output('stderr') }
  }

  /** The files as they are named in a status. */
  paths(config: AppConfig): Readonly<Record<LogStream, string>> {
    const { logDirectory } = this.#options
    return {
      stdout: config.stdoutLog ?? join(logDirectory, `${config.id}.out.log`),
      stderr: config.stderrLog ?? join(logDirectory, `${config.id}.err.log`),
    }
  }

  last(count: number): LastLines {
    const { stdout, stderr } = this.#outputs
    return { errors: stderr.last(count), output: stdout.last(count) }
  }

  look(): boolean {
    const { stdout, stderr } = this.#outputs
    const out = stdout.look()
    return stderr.look() || out
  }

  /** Descriptors for a new process. `close` them when it has them. */
  openForApp(): { stdout: number; stderr: number } {
    const stdout = this.#outputs.stdout.openForApp()
    try {
      return { stdout, stderr: this.#outputs.stderr.openForApp() }
    } catch (error) {
      closeSync(stdout)
      throw error
    }
  }

  /** The run is over: what it printed last is dealt with, as far as that goes quickly. */
  async finish(): Promise<void> {
    const all = Promise.all(Object.values(this.#outputs).map((output) => output.finish()))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FINISH_MS)
    })
    await Promise.race([all, late])
    clearTimeout(timer)
  }

  /** The configuration has changed. */
  async reconfigure(config: AppConfig): Promise<void> {
    const before = this.#files
    this.#files = this.#open(config)
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#outputs[stream].redirect(this.#logsOf(config, stream))
    }
    await Promise.all([...before.values()].map((log) => log.close()))
  }

  async close(options: { readonly remove: boolean }): Promise<void> {
    await Promise.all(Object.values(this.#outputs).map((output) => output.close(options)))
    await Promise.all([...this.#files.values()].map((log) => log.close()))
  }

  /** One writer for each path, also where two outputs share it. */
  #open(config: AppConfig): Map<string, RotatedLog> {
    const { stdout, stderr } = this.paths(config)
    const paths = [
      stdout,
      stderr,
      ...(config.combinedLog === undefined ? [] : [config.combinedLog]),
    ]
    const options = {
      maxSize: config.logMaxSize,
      maxFiles: config.logMaxFiles,
      failed: this.#options.failed,
    }
    return new Map(paths.map((path) => [path, new RotatedLog(path, options)]))
  }

  #logsOf(config: AppConfig, stream: LogStream): RotatedLog[] {
    const paths = new Set([this.paths(config)[stream]])
    if (config.combinedLog !== undefined) paths.add(config.combinedLog)
    return [...paths].map((path) => this.#files.get(path) as RotatedLog)
  }
}
