import { expect, it } from 'vitest'
import type { AppEvent } from './events.js'
import { Audience } from './subscription.js'

const line = (app: string, text: string): AppEvent => ({
  event_type: 'log_line',
  data: { app, stream: 'stdout', line: text },
})
const state = (app: string): AppEvent => ({
  event_type: 'status_change',
  data: { app, state: 'running' },
})

it('filters by kind and by the exact id', async () => {
  const audience = new Audience()
  const of = (kind: 'status' | 'logs' | 'all', app?: string) =>
    audience.subscribe(app === undefined ? { kind } : { kind, app })
  const all = of('all')
  const logs = of('logs', 'a')
  const status = of('status')
  for (const event of [line('a', '1'), line('ab', '2'), state('a')]) audience.tell(event)
  expect((await all.next()).value).toEqual([line('a', '1'), line('ab', '2'), state('a')])
  expect((await logs.next()).value).toEqual([line('a', '1')])
  expect((await status.next()).value).toEqual([state('a')])
})

it('drops the oldest for a slow reader, counts them, and tells it before the next event (row 19)', async () => {
  const audience = new Audience({ mostEvents: 3 })
  const slow = audience.subscribe({ kind: 'logs' })
  for (let i = 0; i < 10; i++) audience.tell(line('a', String(i)))
  expect(slow.waiting).toBe(3)
  expect((await slow.next()).value).toEqual([
    { event_type: 'events_lost', data: { count: 7 } },
    line('a', '7'),
    line('a', '8'),
    line('a', '9'),
  ])
  audience.tell(line('a', 'next'))
  expect((await slow.next()).value).toEqual([line('a', 'next')])
})

it('bounds what waits by its characters too', async () => {
  const audience = new Audience({ mostCharacters: 100 })
  const slow = audience.subscribe({ kind: 'logs' })
  for (let i = 0; i < 10; i++) audience.tell(line('a', 'x'.repeat(40)))
  expect(slow.waiting).toBe(2)
})

it('hands over no more at once than fits one message', async () => {
  const audience = new Audience()
  const reader = audience.subscribe({ kind: 'logs' })
  for (let i = 0; i < 60; i++) audience.tell(line('a', 'x'.repeat(65_536)))
  const sizes: number[] = []
  while (reader.waiting > 0) sizes.push(((await reader.next()).value as unknown[]).length)
  expect(sizes).toEqual([9, 9, 9, 9, 9, 9, 6])
})

it('hands over together what comes in one tick', async () => {
  const audience = new Audience()
  const reader = audience.subscribe({ kind: 'all' })
  const next = reader.next()
  audience.tell(state('a'))
  audience.tell(state('b'))
  expect((await next).value).toEqual([state('a'), state('b')])
})

it('ends for a reader that leaves, and for one that waits', async () => {
  const audience = new Audience()
  const left = audience.subscribe({ kind: 'all' })
  const waiting = audience.subscribe({ kind: 'all' })
  const next = waiting.next()
  await left.return()
  expect(audience.size).toBe(1)
  audience.end()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(await left.next()).toEqual({ done: true, value: undefined })
  expect(audience.size).toBe(0)
})

it('reads what waits before the end', async () => {
  const audience = new Audience()
  const reader = audience.subscribe({ kind: 'all' })
  audience.tell(state('a'))
  audience.end()
  expect((await reader.next()).value).toEqual([state('a')])
  expect((await reader.next()).done).toBe(true)
})
