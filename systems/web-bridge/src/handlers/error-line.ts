// An error as one line for people, and where in their code it arose.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Its message, with where it arose for an error that is no fault of a user's input. */
export function toErrorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const where = error instanceof SyntaxError ? `${error.name}: ` : ''
  return `${where}${error.message}`.replace(/\s*\n\s*/g, ' ')
}

/** `handlers.js:3`, from the working directory where it is in there; undefined when no file is named. */
export function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const [, url, line] = /(file:\/\/\/[^\s()]+?):(\d+)/.exec(stack) ?? []
  if (url === undefined) return undefined
  const path = fileURLToPath(url)
  const near = relative(process.cwd(), path)
  return `${near.startsWith('..') ? path : near}:${line}`
}
