// The channel host: messages from a WebSocket client through the host to an agent in another process
// and back, beside the same two hops by hand, and memory for each idle channel.
import type { Outcome } from '../outcome.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'
import { UsageError } from '../usage-error.js'
import { Found, outcome } from './channel-host/outcome.js'
import { endAll, Running } from './channel-host/start.js'
import { isSubject, type SubjectName, subjects, works } from './channel-host/subjects.js'

/** Channels before the first look at the memory: their code is compiled. */
const FIRST = 100
/** Channels that are held idle, and then all used. */
const CHANNELS = 1000

export const channelHost: BenchSuite = {
  name: 'channel-host',
  about: 'client, host, agent and back, beside two hops by hand; 1,000 channels; two minutes',
  run: measure,
}

async function measure(options: SuiteOptions): Promise<Outcome> {
  const { quick, rounds = quick ? 2 : 9, progress } = options
  const found = new Found()
  const chosen = chosenSubjects(options)
  const wanted = (task: string) => options.task === undefined || options.task.includes(task)
  // A profile of one channel must not show how a thousand others were opened.
  const many = wanted('thousand-channels') || wanted('memory')
  const running = new Map<SubjectName, Running>()
  const failures: { subject: string; message: string }[] = []
  const attempt = async (name: SubjectName, run: () => Promise<void>) => {
    try {
      await run()
    } catch (error) {
      failures.push({ subject: name, message: (error as Error).message })
      running.delete(name)
    }
  }
  try {
    for (const name of chosen) {
      progress(`channel host: memory of ${name}`)
      await attempt(name, async () => {
        const one = await Running.start(name, subjects[name].roles, options)
        running.set(name, one)
        await one.open(many ? FIRST : 1)
        if (!many) return
        const before = await one.memory()
        await one.open(CHANNELS)
        const after = await one.memory()
        const each = after.map((bytes, at) => (bytes - (before[at] as number)) / CHANNELS / 1024)
        found.memory.set(name, each)
      })
    }
    // The first round compiles the code, and counts for nothing.
    for (let round = 0; round <= rounds; round++) {
      for (const [task, { work }] of Object.entries(works)) {
        if (!wanted(task)) continue
        // Each begins once, so that none always runs behind the same other.
        for (const name of rotated([...running.keys()], round)) {
          progress(`channel host, round ${round} of ${rounds}: ${task}, ${name}`)
          const ms = quick || round === 0 ? 150 : 400
          await attempt(name, async () => {
            const slice = await (running.get(name) as Running).slice({ ...work, ms })
            if (round > 0) found.add(name, task, slice)
          })
        }
      }
    }
    for (const one of running.values()) await one.stop()
  } finally {
    endAll()
  }
  return outcome(found, chosen, rounds, failures)
}

/** The two hops are what all is compared with; a profile is without them unless they are named. */
function chosenSubjects({ only, task, profile }: SuiteOptions): readonly SubjectName[] {
  const tasks = [...Object.keys(works), 'memory']
  const wrong = task?.find((name) => !tasks.includes(name))
  if (wrong !== undefined) {
    throw new UsageError(`no task is named ${wrong}; there are ${tasks.join(', ')}`)
  }
  const all = Object.keys(subjects) as SubjectName[]
  if (only === undefined) return all
  const unknown = only.find((name) => !isSubject(name))
  if (unknown !== undefined) {
    throw new UsageError(`no subject is named ${unknown}; there are ${all.join(', ')}`)
  }
  return all.filter((name) => only.includes(name) || (name === 'two-hops' && !profile))
}

function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const first = all.length === 0 ? 0 : by % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}
