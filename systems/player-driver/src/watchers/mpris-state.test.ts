// What an MPRIS player told, as a driver is told it: the values are in the form in which the library
// gives them.
import { expect, it } from 'vitest'
import { noTexts, Status } from '../domain/types.js'
import { dictionary } from './dbus.js'
import {
  initialMpris,
  movesPosition,
  mprisPublication,
  withPosition,
  withProperties,
} from './mpris-state.js'

const variant = (signature: string, value: unknown) => [[{ type: signature, child: [] }], [value]]
const metadata = (entries: Record<string, unknown>) =>
  variant(
    'a{sv}',
    Object.entries(entries).map(([key, value]) => [key, variant('v', value)]),
  )
const told = (properties: Record<string, unknown[]>) => dictionary(Object.entries(properties))

const playing = withProperties(
  initialMpris,
  told({
    PlaybackStatus: variant('s', 'Playing'),
    Rate: variant('d', 1.25),
    Metadata: metadata({
      'xesam:title': 'Title',
      'xesam:artist': ['Ada', 'Bob'],
      'xesam:album': '',
      'xesam:genre': ['Folk'],
      'mpris:length': 60_000_000,
    }),
  }),
)

it('tells texts, lists of artists as one text, and empty texts as none', () => {
  expect(mprisPublication(playing)).toEqual({
    state: {
      status: Status.Playing,
      timeline: null,
      texts: { title: 'Title', artist: 'Ada, Bob', album: null, genre: 'Folk' },
    },
    queue: noTexts,
  })
})

it('tells a timeline from the moment at which the player said where it is', () => {
  const { state } = mprisPublication(withPosition(playing, 1_500_000, 1000))
  expect(state.timeline).toEqual({
    positionMs: 1500,
    updateUnixMs: 1000,
    durationMs: 60_000,
    rate: 1.25,
  })
  expect(mprisPublication(withPosition(playing, undefined, 1000)).state.timeline).toBeNull()
  expect(mprisPublication(withPosition(playing, -5000, 0)).state.timeline?.positionMs).toBe(0)
})

it('shows nothing of a player that is stopped', () => {
  const stopped = withProperties(playing, told({ PlaybackStatus: variant('s', 'Stopped') }))
  expect(mprisPublication(stopped).state).toEqual({
    status: Status.Stopped,
    timeline: null,
    texts: noTexts,
  })
})

it('asks for the position again when status, rate or track change, and not for a volume', () => {
  const after = (properties: Record<string, unknown[]>) => withProperties(playing, told(properties))
  expect(movesPosition(playing, after({ Volume: variant('d', 0.5) }))).toBe(false)
  expect(movesPosition(playing, after({ Rate: variant('d', 2) }))).toBe(true)
  expect(movesPosition(playing, after({ PlaybackStatus: variant('s', 'Paused') }))).toBe(true)
  expect(movesPosition(playing, after({ Metadata: metadata({}) }))).toBe(true)
})

it('keeps what it has when a player tells nonsense', () => {
  const nonsense = told({ PlaybackStatus: variant('i', 7), Rate: variant('d', Number.NaN) })
  expect(withProperties(playing, nonsense)).toEqual(playing)
  expect(dictionary('no dictionary').size).toBe(0)
  expect(dictionary([1, ['key'], [2, 3]]).size).toBe(0)
})
