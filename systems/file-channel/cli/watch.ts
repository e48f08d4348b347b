// `file-channel watch`: prints what both sides write, and takes nothing.
import { lstatSync, watch as watchDirectory } from 'node:fs'
import { resolve } from 'node:path'
import { TielineError } from 'tieline'
import { MailboxFile, type MailboxSide } from 'tieline/transport'
import type { Command } from './command.js'
import { EXIT } from './command.js'
import { oneLine } from './listen.js'

/** Milliseconds between looks, for a share on which watching does not work. */
const LOOK_MS = 250

export const watch: Command = {
  words: ['DIR'],
  values: [],
  switches: ['all'],
  help: `Usage: file-channel watch DIR [options]

Prints what both sides write, as it comes, and takes nothing: neither side notices. A message that is
written and taken away within a moment may be missed. Ends on Ctrl-C.

  --all          also what is in the files already
  --json         each message on one line, with "from"

Example:
  file-channel watch /tmp/demo`,
  endsWell: false,
  async run({ args, output, signal }) {
    const directory = resolve(args.word(0))
    if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      throw new TielineError('unavailable', `there is no channel in ${directory}`)
    }
    const sides: MailboxSide[] = ['backend', 'frontend']
    const files = sides.map((side) => ({
      side,
      file: new MailboxFile(directory, side, {}),
      seen: new Set<string>(),
    }))
    const look = (silent: boolean) => {
      for (const entry of files) {
        const { entries } = entry.file.read()
        for (const { message } of entries) {
          if (silent || entry.seen.has(message.id)) continue
          if (args.has('json')) output.value({ from: entry.side, ...message }, true)
          else output.line(`${entry.side.padEnd(8)} ${oneLine(message)}`)
        }
        // What has left the file does not come back.
        entry.seen = new Set(entries.map(({ message }) => message.id))
      }
    }
    look(!args.has('all'))
    await new Promise<void>((done, failed) => {
      const again = () => {
        try {
          look(false)
        } catch (error) {
          failed(error)
        }
      }
      const timer = setInterval(again, LOOK_MS)
      let watcher: ReturnType<typeof watchDirectory> | undefined
      try {
        watcher = watchDirectory(directory, again)
        watcher.on('error', () => watcher?.close())
      } catch {
        // The timer has to do.
      }
      const end = () => {
        clearInterval(timer)
        watcher?.close()
        done()
      }
      if (signal.aborted) end()
      signal.addEventListener('abort', end, { once: true })
    })
    return EXIT.done
  },
}
