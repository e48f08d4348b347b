// One side of a subject in a process of its own. It does what the orchestrator asks, one thing at a
// time: `node host.js ROLE SUBJECT PATH`.
import { hold, type Memory, memory } from './held.js'
import { prove } from './prove.js'
import type { Client } from './subject.js'
import { isSubjectName, loadSubject } from './subjects/index.js'
import type { TaskName } from './task-name.js'
import { type Length, type Slice, tasks } from './work.js'

/** A server and its client; `held` is a server whose `holder` opens many connections and holds them. */
export type Role = 'server' | 'client' | 'held' | 'holder'

export type Request =
  | { readonly ask: 'start' }
  | { readonly ask: 'slice'; readonly task: TaskName; readonly length: Length }
  | { readonly ask: 'cpu' }
  | { readonly ask: 'hold'; readonly count: number }
  | { readonly ask: 'memory' }
  | { readonly ask: 'stop' }

export interface Measured extends Slice {
  /** CPU time of this process during the slice, in microseconds. */
  readonly cpu: number
  /** The same of a server process that the client started itself. */
  readonly serverCpu?: number
}
export type Reply = { readonly answer: unknown } | { readonly failure: string }

const [role = '', name = '', path = ''] = process.argv.slice(2)
let client: Client | undefined

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function start(): Promise<void> {
  if (!isSubjectName(name)) throw new Error(`no subject is named ${name}`)
  const subject = await loadSubject(name)
  if (role === 'server' || role === 'held') {
    await subject.server?.(path)
  } else if (role === 'client') {
    client = await subject.client(path)
    await prove(subject, client)
  }
}

async function slice(task: TaskName, length: Length): Promise<Measured> {
  if (client === undefined) throw new Error(`${name} was not started`)
  const serverBefore = await client.serverCpu?.()
  const before = cpu()
  const measured = await tasks[task].slice(client, length)
  const spent = cpu() - before
  const serverAfter = await client.serverCpu?.()
  if (serverBefore === undefined || serverAfter === undefined) return { ...measured, cpu: spent }
  return { ...measured, cpu: spent, serverCpu: serverAfter - serverBefore }
}

async function stop(): Promise<void> {
  await client?.close()
  // A profile is written on an ordinary exit only; the wait lets the answer leave.
  setTimeout(() => process.exit(0), 20)
}

async function perform(request: Request): Promise<undefined | number | Measured | Memory> {
  switch (request.ask) {
    case 'start':
      await start()
      return undefined
    case 'slice':
      return slice(request.task, request.length)
    case 'cpu':
      return cpu()
    case 'hold':
      if (isSubjectName(name)) await hold(await loadSubject(name), path, request.count)
      return undefined
    case 'memory':
      return memory()
    case 'stop':
      await stop()
      return undefined
  }
}

process.on('message', async (request: Request) => {
  try {
    reply({ answer: await perform(request) })
  } catch (error) {
    reply({ failure: error instanceof Error ? error.message : String(error) })
  }
})
// The orchestrator decides when to end: Ctrl-C in a terminal reaches every process of the run.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))

function reply(value: Reply): void {
  process.send?.(value)
}
