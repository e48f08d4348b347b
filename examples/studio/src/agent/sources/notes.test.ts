import { expect, it } from 'vitest'
import { noteOf } from './notes.js'

it('says in words what happened to a process', () => {
  const started = { event_type: 'process_started', data: { app: 'a', pid: 7 } } as const
  expect(noteOf(started, 1)).toEqual({ at: 1, text: 'a runs as 7', tone: 'good' })
  const ended = (exit_code: number | null, signal?: string) =>
    noteOf({
      event_type: 'process_exited',
      data: { app: 'a', exit_code, ...(signal && { signal }) },
    })
  expect(ended(null, 'SIGKILL')).toMatchObject({ text: 'a was ended by SIGKILL', tone: 'bad' })
  expect(ended(3)).toMatchObject({ text: 'a ended with code 3', tone: 'bad' })
  expect(ended(0)).toMatchObject({ text: 'a ended', tone: 'plain' })
  expect(noteOf({ event_type: 'events_lost', data: { count: 3 } })).toBeUndefined()
})
