// Sums up the CPU profiles that a run left: the functions in which each process spent its time.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The part of V8's profile format that is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The waiting of a process: it says nothing about the code. */
const waiting = new Set(['(idle)', '(program)', '(root)'])
/** As many as fit a screen; the profile itself has the rest. */
const shown = 25

export async function summarise(directory: string): Promise<string> {
  const lines: string[] = []
  const sides = (await readdir(directory, { withFileTypes: true })).filter((one) =>
    one.isDirectory(),
  )
  for (const side of sides) {
    for (const file of await readdir(join(directory, side.name))) {
      if (!file.endsWith('.cpuprofile')) continue
      const path = join(directory, side.name, file)
      lines.push(side.name, path, ...hottest(JSON.parse(await readFile(path, 'utf8'))), '')
    }
  }
  return `${lines.join('\n')}\n`
}

function hottest(profile: CpuProfile): string[] {
  const places = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const selfTimes = new Map<string, number>()
  let busy = 0
  profile.samples.forEach((id, at) => {
    const place = places.get(id) ?? '?'
    if (waiting.has(place)) return
    const time = profile.timeDeltas[at] ?? 0
    busy += time
    selfTimes.set(place, (selfTimes.get(place) ?? 0) + time)
  })
  return [...selfTimes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, shown)
    .map(([place, time]) => `${((time / busy) * 100).toFixed(1).padStart(6)} %  ${place}`)
}

function placeOf(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const name = frame.functionName || 'anonymous'
  if (frame.url === '') return name
  const file = frame.url.split('/').slice(-2).join('/')
  return `${name}  ${file}:${frame.lineNumber + 1}`
}
