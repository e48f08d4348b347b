import type { Envelope } from 'tieline/dialect'
import { expect, it } from 'vitest'
import { fileChannel } from './protocol.js'

function dialect() {
  const made = fileChannel().dialect()
  const write = (envelope: Envelope) => {
    const out: Record<string, unknown>[] = []
    made.write(envelope, (value) => out.push(value as Record<string, unknown>))
    return out[0]
  }
  const read = (value: unknown) => {
    const out: Envelope[] = []
    made.read(value, (envelope) => out.push(envelope))
    return out
  }
  return { write, read }
}

const none = { window: undefined, timeout: undefined, meta: undefined }
const request = (id: number, params: unknown): Envelope => ({
  kind: 'request',
  id,
  method: 'add',
  params,
  ...none,
})

it('writes a call as a request and reads its response as the result', () => {
  const { write, read } = dialect()
  const message = write(request(7, { a: 1 }))
  expect(message).toMatchObject({ type: 'request', method: 'add', payload: { a: 1 } })
  const response = { id: 'r', timestamp: 1, type: 'response', reply_to: message?.id, payload: 3 }
  expect(read(response)).toEqual([{ kind: 'result', id: 7, value: 3 }])
  expect(read(response)).toEqual([])
})

it('reads a response with an error as remote-error, and one to nobody as nothing', () => {
  const { write, read } = dialect()
  const { id } = write(request(7, null)) as { id: string }
  const failed = {
    id: 'r',
    timestamp: 1,
    type: 'response',
    reply_to: id,
    payload: null,
    error: 'no',
  }
  expect(read(failed)).toEqual([
    { kind: 'error', id: 7, error: { code: 'remote-error', message: 'no' } },
  ])
  expect(read({ ...failed, reply_to: 'unknown' })).toEqual([])
  expect(read({ ...failed, reply_to: null })).toEqual([])
})

it('answers each request under its own id, once', () => {
  const { write, read } = dialect()
  const asked = ['a', 'b'].map(
    (id) => read({ id, timestamp: 1, type: 'request', method: 'add', payload: {} })[0],
  ) as { id: number }[]
  const [first, second] = asked.map(({ id }) => id) as [number, number]
  const error = { code: 'x', message: 'not so' }
  expect(write({ kind: 'error', id: second, error })).toMatchObject({
    type: 'response',
    reply_to: 'b',
    payload: null,
    error: 'not so',
  })
  expect(write({ kind: 'result', id: first, value: undefined })).toMatchObject({
    reply_to: 'a',
    payload: null,
  })
  expect(write({ kind: 'result', id: first, value: 1 })).toBe(undefined)
})

it('writes notifications as events, and reads them back', () => {
  const { write, read } = dialect()
  const event = write({ kind: 'notify', method: 'progress', params: { done: 1 }, meta: undefined })
  expect(event).toMatchObject({ type: 'event', method: 'progress', payload: { done: 1 } })
  expect(read({ timestamp: 1, ...event })).toEqual([
    { kind: 'notify', method: 'progress', params: { done: 1 }, meta: undefined },
  ])
})
