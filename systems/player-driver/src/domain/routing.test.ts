// The rules of the protocol as tables: every category against every category, playing and not.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, type Category, categoryOf, choosePlayer, isPlaying } from './routing.js'
import { type DeviceId, Status } from './types.js'

const HERE = '00000000-0000-5000-8000-000000000001' as DeviceId
const THERE = '00000000-0000-5000-8000-000000000002' as DeviceId
const AWAY = '00000000-0000-5000-8000-000000000003' as DeviceId
const attached = new Set([HERE, THERE])

const CATEGORIES: readonly Category[] = ['this', 'user', 'unassigned', 'other']
const ASSIGNED: Record<Category, DeviceId | null> = {
  this: HERE,
  user: null,
  unassigned: null,
  other: THERE,
}

function candidate(player: number, category: Category, playing: boolean): Candidate {
  const status = playing ? Status.Playing : Status.Paused
  return { player, status, assignedDevice: ASSIGNED[category] }
}

/** Which of two wins, by the rules as they are written, one by one. Undefined: a tie. */
function byTheRules(a: Side, b: Side): Side | undefined {
  if (a.category === b.category) {
    if (a.playing === b.playing) return undefined
    return a.playing ? a : b
  }
  if (a.playing !== b.playing) {
    const [playing, idle] = a.playing ? [a, b] : [b, a]
    if (playing.category === 'other') return idle
    if (playing.category === 'unassigned' && idle.category === 'user') return idle
    return playing
  }
  const order: readonly Category[] = a.playing
    ? ['this', 'user', 'unassigned', 'other']
    : ['user', 'this', 'unassigned', 'other']
  return order.indexOf(a.category) < order.indexOf(b.category) ? a : b
}

interface Side {
  readonly category: Category
  readonly playing: boolean
}

const SIDES: readonly Side[] = CATEGORIES.flatMap((category) => [
  { category, playing: true },
  { category, playing: false },
])
const say = ({ category, playing }: Side) => `${playing ? 'playing' : 'idle'} ${category}`

const PAIRS = SIDES.flatMap((a) => SIDES.map((b) => [say(a), say(b), a, b] as const)).filter(
  // There is one preferred player at most.
  ([, , a, b]) => !(a.category === 'user' && b.category === 'user'),
)

describe('two players', () => {
  it.each(PAIRS)('%s against %s', (_a, _b, a, b) => {
    const candidates = [candidate(1, a.category, a.playing), candidate(2, b.category, b.playing)]
    const preferred = a.category === 'user' ? 1 : b.category === 'user' ? 2 : null
    const winner = byTheRules(a, b)
    for (const lastShown of [null, 1, 2]) {
      const chosen = choosePlayer(candidates, { device: HERE, attached, preferred, lastShown })
      const tie = lastShown ?? 1
      expect(chosen).toBe(winner === undefined ? tie : winner === a ? 1 : 2)
    }
  })
})

describe('the category of a player', () => {
  it.each<[string, DeviceId | null, boolean, Category]>([
    ['assigned here', HERE, false, 'this'],
    ['assigned here and preferred', HERE, true, 'this'],
    ['assigned to another attached device', THERE, false, 'other'],
    ['assigned to another attached device and preferred', THERE, true, 'other'],
    ['assigned to a device that is away', AWAY, false, 'unassigned'],
    ['assigned to a device that is away and preferred', AWAY, true, 'user'],
    ['assigned nowhere', null, false, 'unassigned'],
    ['assigned nowhere and preferred', null, true, 'user'],
  ])('%s', (_, assignedDevice, preferred, category) => {
    const player = { player: 7, status: Status.Playing, assignedDevice }
    const around = { device: HERE, attached, preferred: preferred ? 7 : 8, lastShown: null }
    expect(categoryOf(player, around)).toBe(category)
  })
})

it.each(Object.entries(Status))('%s counts as playing only when it is Playing', (name, status) => {
  expect(isPlaying(status)).toBe(name === 'Playing')
})

it('shows nothing when there is no player', () => {
  expect(choosePlayer([], { device: HERE, attached, preferred: 1, lastShown: 1 })).toBeNull()
})

it('shows a player of another device when there is no other', () => {
  const around = { device: HERE, attached, preferred: null, lastShown: null }
  expect(choosePlayer([candidate(3, 'other', false)], around)).toBe(3)
})

it('gives a tie without the last shown to the player registered first', () => {
  const players = [candidate(9, 'unassigned', false), candidate(4, 'unassigned', false)]
  const around = { device: HERE, attached, preferred: null, lastShown: 1 }
  expect(choosePlayer(players, around)).toBe(4)
})

it('chooses of any number of players one that loses to none, in whatever order they come', () => {
  const player = fc.record({
    category: fc.constantFrom<Category>('this', 'unassigned', 'other'),
    playing: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(player, { minLength: 1, maxLength: 8 }),
      fc.option(fc.nat(7)),
      fc.option(fc.integer({ min: 1, max: 8 })),
      (sides, userAt, lastShown) => {
        const all: Side[] = sides.map((side, index) =>
          index === userAt && side.category === 'unassigned' ? { ...side, category: 'user' } : side,
        )
        const candidates = all.map((side, index) =>
          candidate(index + 1, side.category, side.playing),
        )
        const user = all.findIndex((side) => side.category === 'user')
        const around = { device: HERE, attached, preferred: user < 0 ? null : user + 1, lastShown }
        const chosen = choosePlayer(candidates, around) as number
        const winner = all[chosen - 1] as Side
        for (const [index, side] of all.entries()) {
          if (index + 1 === chosen) continue
          const better = byTheRules(winner, side)
          if (better === undefined) expect(index + 1).not.toBe(lastShown)
          else expect(better).toBe(winner)
        }
        expect(choosePlayer(candidates.toReversed(), around)).toBe(chosen)
        expect(choosePlayer(candidates, { ...around, lastShown: chosen })).toBe(chosen)
      },
    ),
  )
})
