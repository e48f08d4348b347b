import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { Route } from './backend.js'
import { buildRouter } from './router.js'

const route = (path: string, more: Partial<Route> = {}): Route => ({
  id: `GET ${path}`,
  kind: 'http',
  method: 'GET',
  path,
  ...more,
})

const hooks = { http() {}, socket() {}, missing() {}, unreadable() {} }

test('routes that can not be mounted are told, and the others are', async () => {
  const router = await buildRouter(
    [
      route('/a/:one'),
      route('/a/:two'),
      route('/b'),
      route('/b', { id: 'the same path' }),
      route('/c/:x(('),
    ],
    [],
    hooks,
  )
  expect(router.faults.map((fault) => fault.split(':')[0])).toEqual(['GET /a/', 'GET /c/'])
})

test('finds the handler by method and path, and decodes its params once', async () => {
  const seen: unknown[] = []
  const router = await buildRouter(
    [
      route('/users/:id'),
      route('/users/me'),
      route('/files/*'),
      route('/thing', { method: 'PROPFIND', id: 'dav' }),
      route('/socket', { kind: 'socket', id: 'WS /socket' }),
    ],
    [{ method: 'GET', path: '/users/me', serve: () => seen.push('own') }],
    {
      http: ({ id }, _request, _response, params) => seen.push([id, { ...params }]),
      socket: ({ id }) => seen.push(id),
      missing: () => seen.push('missing'),
      unreadable: () => seen.push('unreadable'),
    },
  )
  const ask = (method: string, url: string): void => {
    const request = { method, url, headers: {}, socket: {}, on() {}, once() {} }
    const response = { on() {}, once() {}, setHeader() {} }
    router.route(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  }
  ask('GET', '/users/a%2520b')
  ask('GET', '/users/me')
  ask('HEAD', '/users/7?x=1')
  ask('GET', '/files/a/b')
  ask('PROPFIND', '/thing')
  ask('GET', '/socket')
  ask('POST', '/users/7')
  ask('GET', '/users/%zz')
  expect(seen).toEqual([
    ['GET /users/:id', { id: 'a%20b' }],
    ['GET /users/me', {}],
    ['GET /users/:id', { id: '7' }],
    ['GET /files/*', { '*': 'a/b' }],
    ['dav', {}],
    'WS /socket',
    'missing',
    'unreadable',
  ])
})
