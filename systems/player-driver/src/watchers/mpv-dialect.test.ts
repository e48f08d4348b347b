// Lines as mpv 0.35 sent them, and as it took them.
import type { Envelope } from 'tieline/dialect'
import { expect, it } from 'vitest'
import { mpvDialect } from './mpv-dialect.js'

function read(line: string): Envelope[] {
  const envelopes: Envelope[] = []
  mpvDialect().read(JSON.parse(line), (envelope) => envelopes.push(envelope))
  return envelopes
}

function written(envelope: Envelope): string[] {
  const lines: string[] = []
  mpvDialect().write(envelope, (value) => lines.push(JSON.stringify(value)))
  return lines
}

const request = (id: number, method: string, params: unknown): Envelope => ({
  kind: 'request',
  id,
  method,
  params,
  window: undefined,
  timeout: 1000,
  meta: undefined,
})
const notify = (method: string, params: unknown): Envelope => ({
  kind: 'notify',
  method,
  params,
  meta: undefined,
})

it.each([
  [
    'observe_property',
    [1, 'media-title'],
    '{"command":["observe_property",1,"media-title"],"request_id":1}',
  ],
  ['set_property', ['pause', true], '{"command":["set_property","pause",true],"request_id":1}'],
  ['playlist-next', [], '{"command":["playlist-next"],"request_id":1}'],
  ['stop', undefined, '{"command":["stop"],"request_id":1}'],
])('writes a call of %s with %j', (method, params, line) => {
  expect(written(request(1, method, params))).toEqual([line])
})

it('writes a notification as a command without an id, and ignores what mpv answers to it', () => {
  expect(written(notify('quit', []))).toEqual(['{"command":["quit"]}'])
  expect(read('{"data":131072,"request_id":0,"error":"success"}')).toEqual([])
  expect(read('{"error":"success"}')).toEqual([])
})

it('refuses params that are no list', () => {
  expect(() => written(request(1, 'seek', { to: 3 }))).toThrow(
    'mpv takes a list of arguments: seek',
  )
})

it('has no form for cancel and for streams', () => {
  expect(mpvDialect().can).toEqual({ request: true, notify: true })
  expect(written({ kind: 'cancel', id: 1 })).toEqual([])
})

it.each<[string, Envelope]>([
  [
    '{"data":0.447267,"request_id":16,"error":"success"}',
    { kind: 'result', id: 16, value: 0.447267 },
  ],
  ['{"request_id":17,"error":"success"}', { kind: 'result', id: 17, value: null }],
  ['{"data":null,"request_id":19,"error":"success"}', { kind: 'result', id: 19, value: null }],
  [
    '{"data":{"playlist_entry_id":1},"request_id":15,"error":"success"}',
    { kind: 'result', id: 15, value: { playlist_entry_id: 1 } },
  ],
  [
    '{"request_id":32,"error":"property unavailable"}',
    {
      kind: 'error',
      id: 32,
      error: { code: 'property-unavailable', message: 'property unavailable', data: undefined },
    },
  ],
  [
    '{"request_id":29,"error":"property not found"}',
    {
      kind: 'error',
      id: 29,
      error: { code: 'unknown-property', message: 'property not found', data: undefined },
    },
  ],
  [
    '{"request_id":28,"error":"error running command"}',
    {
      kind: 'error',
      id: 28,
      error: { code: 'remote-error', message: 'error running command', data: undefined },
    },
  ],
  ['{"event":"playback-restart"}', notify('playback-restart', {})],
  [
    '{"event":"property-change","id":3,"name":"pause","data":true}',
    notify('property-change', { id: 3, name: 'pause', data: true }),
  ],
  [
    '{"event":"end-file","reason":"error","playlist_entry_id":5,"file_error":"loading failed"}',
    notify('end-file', { reason: 'error', playlist_entry_id: 5, file_error: 'loading failed' }),
  ],
])('reads %s', (line, envelope) => {
  expect(read(line)).toEqual([envelope])
})

it.each([
  ['7', 'a message of mpv must be a JSON object'],
  ['null', 'a message of mpv must be a JSON object'],
  ['[]', 'a message of mpv must be a JSON object'],
  ['{}', 'a message of mpv has neither event nor error'],
  ['{"event":7}', 'a message of mpv has neither event nor error'],
  ['{"request_id":"x","error":"success"}', 'a request_id of mpv must be the integer that was sent'],
  ['{"request_id":1.5,"error":"success"}', 'a request_id of mpv must be the integer that was sent'],
])('refuses %s', (line, message) => {
  expect(() => read(line)).toThrow(expect.objectContaining({ code: 'malformed', message }))
})
