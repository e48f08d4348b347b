// The bars of a suite: one subject against the floor, against another, or against the best of the peers.
import type { CoreChoice } from './cores.js'
import { type BarResult, judged } from './outcome.js'
import { ratios, type Slices } from './ratios.js'
import type { Subject } from './subject.js'
import type { SubjectName } from './subjects/index.js'
import type { Bar, Suite } from './suite.js'
import { tasks } from './work.js'

export function compared(
  suite: Suite,
  measured: ReadonlyMap<SubjectName, Subject>,
  slices: Slices,
  cores: CoreChoice,
): BarResult[] {
  const peers = [...measured].filter(([, { group }]) => group === 'peer').map(([name]) => name)
  return suite.bars.flatMap((bar) => {
    const { subject, task, ratio, to = suite.floor } = bar
    if (!suite.tasks.includes(task) || !measured.has(subject)) return []
    const against = to === 'peers' ? bestOf(peers, bar, slices) : to
    if (against === undefined || !measured.has(against)) return []
    const { short, better } = tasks[task]
    const figure = tasks[task].figure === 'rate' ? '' : ` ${tasks[task].figure}`
    const whose = to === 'peers' ? `the best peer, ${against}` : against
    const value = ratios(task, slices(subject, task), slices(against, task))
    return judged(
      `${subject}, ${short}${figure}, to ${whose}`,
      better === 'lower' ? 'at most' : 'at least',
      ratio,
      value,
      // The bars were set for two processes that the system places.
      { judge: cores === 'free' },
    )
  })
}

/** The peer that this subject is least ahead of. */
function bestOf(
  peers: readonly SubjectName[],
  { subject, task }: Bar,
  slices: Slices,
): SubjectName | undefined {
  const sign = tasks[task].better === 'lower' ? -1 : 1
  return peers
    .filter((peer) => slices(peer, task).length > 0)
    .map((peer) => ({ peer, by: ratios(task, slices(subject, task), slices(peer, task)).median }))
    .sort((a, b) => sign * (a.by - b.by))[0]?.peer
}
