// What is wrong with a JSON argument, in one line that says where and what to write instead.
import { type JsonFault, jsonFault } from './json-fault.js'

/** Characters shown from where the fault is. 24: enough to find it in what one has typed. */
const SHOWN = 24

/** Undefined when no fault is found. */
export function describeFault(text: string, what: string): string | undefined {
  if (text.trim() === '') return `${what} is empty; leave it out, or write null`
  const fault = jsonFault(text)
  if (fault === undefined) return undefined
  const { at, expected } = fault
  const found = at < text.length ? `found ${shown(text, at)}` : 'and it ends there'
  return `${what} is wrong at ${place(text, at)}: expected ${expected}, ${found}${hint(text, fault)}`
}

function place(text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  const column = (before.at(-1) as string).length + 1
  return text.includes('\n') ? `line ${before.length}, character ${column}` : `character ${column}`
}

function shown(text: string, at: number): string {
  const line = text.slice(at).split('\n', 1)[0] as string
  return JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line)
}

/** The two slips that everybody makes on a command line. */
function hint(text: string, { at }: JsonFault): string {
  if (at === 0 && /^[\p{L}_][^"{}[\]]*$/u.test(text)) {
    return `; a text is written '"${text.length > SHOWN ? '…' : text}"'`
  }
  if (text[at] === "'") return '; JSON has double quotes only'
  const unquoted = /^[{[]/.test(text) && /[\p{L}_]/u.test(text[at] ?? '')
  return unquoted ? "; does the shell take the quotes? Put '…' around the JSON" : ''
}
