// Loaded by `node --import` before a program: on SIGUSR2 it writes what the process holds into a file.
import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Probed {
  /** After two collections: live objects, and memory outside of the heap that hangs on them. */
  readonly heapMiB: number
  /** What keeps the event loop alive, by kind: timers, sockets, watchers. */
  readonly resources: Readonly<Record<string, number>>
}

let collect: (() => void) | undefined

function collector(): () => void {
  // Node has no other way to ask for a collection without a flag on the command line.
  setFlagsFromString('--expose-gc')
  collect ??= runInNewContext('gc') as () => void
  return collect
}

export async function held(): Promise<Probed> {
  collector()()
  // What a finalizer lets go of is collected by the second one.
  await new Promise((resolve) => setImmediate(resolve))
  collector()()
  const { heapUsed, external } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  return { heapMiB: (heapUsed + external) / 1024 / 1024, resources }
}

const directory = process.env['SOAK_PROBE']
if (directory !== undefined) {
  process.on('SIGUSR2', () => {
    void held().then((told) => {
      const path = `${directory}/${process.pid}.json`
      writeFileSync(`${path}.tmp`, JSON.stringify(told))
      renameSync(`${path}.tmp`, path)
    })
  })
}
