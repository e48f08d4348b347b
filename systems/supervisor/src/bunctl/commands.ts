// The commands of the original wire: which fields each has, read as leniently as the original reads
// them and no more so.

/** Where events of one connection come from, in the original's form. */
export interface WireSubscription {
  readonly kind: 'StatusEvents' | 'LogEvents' | 'AllEvents'
  readonly appName: string | null
}

export interface CommandParams {
  /** `config` is a JSON text. */
  readonly Start: { readonly name: string; readonly config: string }
  readonly Stop: { readonly name: string }
  readonly Restart: { readonly name: string }
  readonly Delete: { readonly name: string }
  readonly Status: { readonly name: string | null }
  readonly List: undefined
  readonly Logs: { readonly name: string | null; readonly lines: number }
  readonly Subscribe: WireSubscription
  readonly Unsubscribe: undefined
}

export type CommandName = keyof CommandParams

/** Lines of a Logs command that does not say. */
const USUAL_LINES = 100

type Read = (value: unknown, field: string) => unknown

const text: Read = (value, field) => {
  if (typeof value === 'string') return value
  throw new Error(`${field} must be a text`)
}
const optionalText: Read = (value, field) =>
  value === undefined || value === null ? null : text(value, field)
const count: Read = (value, field) => {
  if (value === undefined || value === null) return USUAL_LINES
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value
  throw new Error(`${field} must be an integer from 0`)
}

/** The fields of each command, in the original's order. None: it has no fields at all. */
const COMMANDS: Readonly<Record<CommandName, Readonly<Record<string, Read>> | undefined>> = {
  Start: { name: text, config: text },
  Stop: { name: text },
  Restart: { name: text },
  Delete: { name: text },
  Status: { name: optionalText },
  List: undefined,
  Logs: { name: optionalText, lines: count },
  Subscribe: { subscription: readSubscription },
  Unsubscribe: undefined,
}

const SUBSCRIPTIONS: ReadonlySet<string> = new Set(['StatusEvents', 'LogEvents', 'AllEvents'])

export interface Command {
  readonly name: CommandName
  readonly params: unknown
}

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

/** Reads `"List"`, `{"List": null}`, `{"Stop": {"name": "a"}}` or `{"Stop": ["a"]}`. Throws what is wrong. */
export function readCommand(value: unknown): Command {
  const [name, content] = tagged(value, 'a command')
  if (!isCommandName(name)) {
    const known = Object.keys(COMMANDS).join(', ')
    throw new Error(`there is no command ${shown(name)}; there are ${known}`)
  }
  return { name, params: readParams(name, content) }
}

/** The fields of a command, checked. Throws what is wrong. */
export function readParams(name: CommandName, content: unknown): unknown {
  const fields = COMMANDS[name]
  if (fields === undefined) {
    if (content === null || content === undefined) return undefined
    throw new Error(`${name} has no fields`)
  }
  const params = readFields(name, content, fields)
  return name === 'Subscribe' ? params['subscription'] : params
}

function readFields(
  where: string,
  content: unknown,
  fields: Readonly<Record<string, Read>>,
): Record<string, unknown> {
  const names = Object.keys(fields)
  if (typeof content !== 'object' || content === null) {
    throw new Error(`${where} must have an object with ${names.join(', ')}`)
  }
  if (Array.isArray(content) && content.length > names.length) {
    throw new Error(`${where} has ${names.length} fields, not ${content.length}`)
  }
  const given = content as Readonly<Record<string, unknown>>
  const read: Record<string, unknown> = {}
  for (const [index, name] of names.entries()) {
    const key = Array.isArray(content) ? String(index) : name
    const value = Object.hasOwn(given, key) ? given[key] : undefined
    read[name] = (fields[name] as Read)(value, `${name} of ${where}`)
  }
  return read
}

function readSubscription(value: unknown): WireSubscription {
  const [kind, content] = tagged(value, 'subscription')
  if (!SUBSCRIPTIONS.has(kind)) {
    throw new Error(
      `there is no subscription ${shown(kind)}; there are ${[...SUBSCRIPTIONS].join(', ')}`,
    )
  }
  const { app_name: appName } = readFields(kind, content, { app_name: optionalText })
  return { kind: kind as WireSubscription['kind'], appName: appName as string | null }
}

/** A command as it is sent. */
export function writeCommand(name: CommandName, params: unknown): unknown {
  if (COMMANDS[name] === undefined) return name
  if (name !== 'Subscribe') return { [name]: params }
  const { kind, appName } = params as WireSubscription
  return { Subscribe: { subscription: { [kind]: { app_name: appName } } } }
}

/** A variant: a name alone, or an object of one key. */
function tagged(value: unknown, what: string): [name: string, content: unknown] {
  if (typeof value === 'string') return [value, undefined]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be a name, or an object with one key`)
  }
  const entries = Object.entries(value)
  const [first] = entries
  if (first === undefined || entries.length > 1) {
    throw new Error(`${what} must have one key, not ${entries.length}`)
  }
  return first
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40))
}
