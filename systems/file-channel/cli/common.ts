// What the commands have in common: options, and words that are JSON.
import { type Context, type Option, usage, type Words } from 'tieline/command'

/** Options of every command that opens the channel. */
export const access = {
  kind: 'text',
  value: 'WHO',
  oneOf: ['user', 'group', 'everyone'],
  about: 'whose programs may be on the other side: user (default),\ngroup or everyone',
} as const satisfies Option

export function json(about: string) {
  return { kind: 'flag', about } as const satisfies Option
}

export function side(about: string) {
  const oneOf = ['backend', 'frontend'] as const
  return { kind: 'text', value: 'SIDE', oneOf, about } as const satisfies Option
}

export function timeout(about: string) {
  return { kind: 'duration', value: 'TIME', about } as const satisfies Option
}

/** What is needed of a command's context to open its channel. */
export type ChannelContext = Pick<
  Context<Words, { readonly access: typeof access }>,
  'args' | 'terminal'
>

/** A word that is JSON; `{}` when it is not there. Throws `usage`. */
export function jsonFrom(text: string | undefined): unknown {
  if (text === undefined) return {}
  try {
    return JSON.parse(text)
  } catch {
    const quoted = JSON.stringify(text)
    throw usage(`${text} is not JSON; a text is written as '${quoted}', an object as '{"key": 1}'`)
  }
}

/** A value for a program is one line, and for people indented. */
export function valueText(value: unknown, forPrograms: boolean): string {
  return JSON.stringify(value, null, forPrograms ? undefined : 2)
}
