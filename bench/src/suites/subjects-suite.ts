// A suite that is only a list of subjects, tasks and bars, as the command runs it.
import { type RunOptions, run } from '../run.js'
import { subjectsAmong } from '../subjects/index.js'
import type { BenchSuite, Suite, SuiteOptions } from '../suite.js'
import { isTaskName } from '../task-name.js'
import { UsageError } from '../usage-error.js'

export function subjectsSuite(suite: Suite, about: string): BenchSuite {
  return {
    name: suite.name,
    about,
    run: (options) => run(chosen(suite, options), lengthsOf(suite, options)),
    async syscalls(options) {
      const { countSyscalls } = await import('../syscalls.js')
      return countSyscalls(chosen(suite, options), options)
    },
  }
}

/** What `--only` and `--task` leave of a suite. A profile is without the floor unless it is named. */
function chosen(suite: Suite, { only, task, profile }: SuiteOptions): Suite {
  let { subjects, tasks } = suite
  if (only) {
    const names = profile || only.includes(suite.floor) ? only : [suite.floor, ...only]
    subjects = subjectsAmong(names, subjects)
  }
  if (task) {
    const wrong = task.find((name) => !isTaskName(name))
    if (wrong) throw new UsageError(`no task is named ${wrong}; there are ${tasks.join(', ')}`)
    tasks = tasks.filter((name) => task.includes(name))
  }
  return { ...suite, subjects, tasks }
}

function lengthsOf(suite: Suite, options: SuiteOptions): RunOptions {
  const { quick, rounds = quick ? 2 : suite.rounds } = options
  return {
    ...options,
    rounds,
    // 200 ms and 2,000 calls: enough for a p99, short enough that a burst of other work on the
    // machine meets neighbouring slices alike.
    length: quick ? { ms: 60, calls: 300 } : { ms: 200, calls: 2000 },
    warm: quick ? { ms: 20, calls: 50 } : { ms: 50, calls: 200 },
  }
}
