// Opens the channel that a command names.
import { lstatSync } from 'node:fs'
import { TielineError } from 'tieline'
import { FileChannel, type FileChannelOptions } from '../src/index.js'
import type { Context } from './command.js'

/** The channel of the first word, as `side`. Without `make`, the directory must be there. */
export function open(
  { args, output }: Context,
  side: 'backend' | 'frontend',
  options: FileChannelOptions & { readonly make?: boolean } = {},
): Promise<FileChannel> {
  const directory = args.word(0)
  if (!options.make && !lstatSync(directory, { throwIfNoEntry: false })) {
    const message = `there is no channel in ${directory}; start the other side, or make the directory`
    throw new TielineError('unavailable', message)
  }
  return FileChannel.open(directory, side, {
    access: args.access,
    report: output.report,
    ...options,
  })
}
