import { TielineError } from 'tieline'
import { expect, test } from 'vitest'
import { type LoggingOptions, logging } from './logging.js'
import { aContext, aRequest, handling, ok } from './stand-in.test.helper.js'

interface Line {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** In pino's form: fields first, the message behind. */
function logger() {
  const lines: Line[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message: message.replace(/[\d.]+ ms/, 'N ms') })
  }
  return {
    lines,
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  }
}

async function logged(
  answer: typeof ok | Error,
  options: Partial<LoggingOptions> = {},
  url = '/users/7?token=secret&page=2',
  context = aContext(),
) {
  const { lines, log } = logger()
  const request = aRequest({
    url,
    headers: { cookie: 'secret', authorization: 'secret' },
    body: Buffer.from('secret'),
  })
  await logging({ log, ...options })(handling(answer).handle)(request, context).catch(() => {})
  return lines
}

test('writes one line, with what it is about as fields', async () => {
  const [line, ...more] = await logged(ok)
  expect(more).toEqual([])
  expect(line?.message).toBe('GET /users/7?token&page 200 in N ms')
  expect(line?.level).toBe('info')
  expect(line?.fields).toEqual({
    requestId: 'r1',
    method: 'GET',
    path: '/users/7?token&page',
    route: 'GET /users/:id',
    status: 200,
    ms: expect.any(Number),
    remoteAddress: '192.0.2.1',
  })
})

test('has no payload, no header and no value of a query', async () => {
  expect(JSON.stringify(await logged(ok))).not.toContain('secret')
  expect(JSON.stringify(await logged(new Error('secret')))).not.toContain('secret')
})

test.each([
  ['none', '/users/7'],
  ['names', '/users/7?token&page'],
  ['values', '/users/7?token=secret&page=2'],
] as const)('of a query it shows its %s when told', async (query, path) => {
  expect((await logged(ok, { query }))[0]?.fields['path']).toBe(path)
})

test.each(['/a?', '/a', '/a?&&'])('a path with no query is that path: %s', async (url) => {
  expect((await logged(ok, {}, url))[0]?.fields['path']).toBe('/a')
})

test('warns of what became a server error, by the status that the browser is told', async () => {
  const late = new TielineError('deadline-exceeded', 'late')
  expect((await logged(late))[0]).toMatchObject({ level: 'warn', fields: { status: 504 } })
  expect((await logged(new Error('x')))[0]).toMatchObject({
    level: 'warn',
    fields: { status: 500 },
  })
  expect((await logged({ ...ok, status: 503 }))[0]).toMatchObject({ level: 'warn' })
  expect((await logged({ ...ok, status: 404 }))[0]).toMatchObject({ level: 'info' })
})

test('says so when the browser left before it had an answer', async () => {
  const context = aContext({ signal: AbortSignal.abort() })
  const [line] = await logged(new TielineError('cancelled', 'gone'), {}, '/a', context)
  expect(line).toMatchObject({ level: 'info', message: 'GET /a left by the browser in N ms' })
})

test('leaves out what it is told to', async () => {
  expect(await logged(ok, { except: ({ url }) => url.startsWith('/users') })).toEqual([])
})
