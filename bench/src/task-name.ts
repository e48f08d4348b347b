// The names of the works, for who only names them.

export const taskNames = [
  'one',
  'hundred',
  'thousand',
  'kibibyte',
  'kibibytes64',
  'mebibyte',
  'mebibytes16',
  'notify',
  'stream',
] as const

export type TaskName = (typeof taskNames)[number]

export function isTaskName(name: string): name is TaskName {
  return taskNames.some((known) => known === name)
}
