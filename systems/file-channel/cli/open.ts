// Opens the channel that a command names.
import { lstatSync } from 'node:fs'
import { TielineError } from 'tieline'
import { FileChannel, type FileChannelOptions } from '../src/index.js'
import type { ChannelContext } from './common.js'
import { tell } from './report.js'

/** The channel in `directory`, as `side`. Without `make`, the directory must be there. */
export function open(
  { args, terminal }: ChannelContext,
  directory: string,
  side: 'backend' | 'frontend',
  options: FileChannelOptions & { readonly make?: boolean } = {},
): Promise<FileChannel> {
  if (!options.make && !lstatSync(directory, { throwIfNoEntry: false })) {
    const message = `there is no channel in ${directory}; start the other side, or make the directory`
    throw new TielineError('unavailable', message)
  }
  return FileChannel.open(directory, side, {
    access: args.options.access ?? 'user',
    report: (report) => tell(terminal, report),
    ...options,
  })
}
