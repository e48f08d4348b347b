// `file-channel watch`: prints what both sides write, and takes nothing.
import { lstatSync, watch as watchDirectory } from 'node:fs'
import { resolve } from 'node:path'
import { TielineError } from 'tieline'
import { command, EXIT } from 'tieline/command'
import { MailboxFile, type MailboxSide } from 'tieline/transport'
import { access, json, valueText } from './common.js'
import { messageLine } from './listen.js'

/** Milliseconds between looks, for a share on which watching does not work. */
const LOOK_MS = 250

export const watch = command({
  name: 'watch',
  words: ['DIR'],
  options: {
    all: { kind: 'flag', about: 'also what is in the files already' },
    json: json('each message on one line, with "from"'),
    access,
  },
  about: `Prints what both sides write, as it comes, and takes nothing: neither side notices. A message that is
written and taken away within a moment may be missed. Ends on Ctrl-C.`,
  example: '$ file-channel watch /tmp/demo',
  async run({ args, terminal, signal }) {
    const directory = resolve(args.words[0])
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
          void terminal.print(
            args.options.json
              ? valueText({ from: entry.side, ...message }, true)
              : `${entry.side.padEnd(8)} ${messageLine(message)}`,
          )
        }
        // What has left the file does not come back.
        entry.seen = new Set(entries.map(({ message }) => message.id))
      }
    }
    look(!args.options.all)
    let leave = () => {}
    const watched = new Promise<void>((done, failed) => {
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
      leave = () => {
        clearInterval(timer)
        watcher?.close()
      }
      if (signal.aborted) done()
      signal.addEventListener('abort', () => done(), { once: true })
    })
    // Also when a file cannot be read any more: the command has nothing to wait for then.
    await watched.finally(leave)
    return EXIT.done
  },
})
