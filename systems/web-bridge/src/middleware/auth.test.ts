import { expect, test } from 'vitest'
import { type AuthOptions, auth } from './auth.js'
import { aContext, aRequest, handling } from './stand-in.test.helper.js'

async function asked(options: AuthOptions, headers: Record<string, string>) {
  const inner = handling()
  const response = await auth(options)(inner.handle)(aRequest({ headers }), aContext())
  return { response, asked: inner.asked }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('lets a request in that has one of the tokens', async () => {
  for (const token of ['one', 'two']) {
    const { response } = await asked({ tokens: ['one', 'two'] }, bearer(token))
    expect(response.status).toBe(200)
  }
})

test.each([
  ['none', {}],
  ['another', bearer('three')],
  ['nearly one', bearer('onf')],
  ['an empty one', bearer('')],
  ['one by another scheme', { authorization: 'Basic one' }],
])('answers 401 to %s, and asks no handler', async (_, headers) => {
  const { response, asked: inner } = await asked({ tokens: ['one'] }, headers)
  expect(response.status).toBe(401)
  expect(inner).toEqual([])
  expect(String(response.body)).not.toContain('three')
})

test('says which scheme it wants, and whether there was a token', async () => {
  const without = await asked({ tokens: ['one'], realm: 'shop' }, {})
  expect(without.response.headers['www-authenticate']).toBe('Bearer realm="shop"')
  const wrong = await asked({ tokens: ['one'] }, bearer('two'))
  expect(wrong.response.headers['www-authenticate']).toContain('error="invalid_token"')
  expect(JSON.parse(String(wrong.response.body))).toEqual({
    error: { code: 'UNAUTHORIZED', message: 'a token is needed', requestId: 'r1' },
  })
})

test('asks a function, and tells the handler who it says it is', async () => {
  const verify = async (token: string) => (token === 't' ? 'ada' : undefined)
  const { response, asked: inner } = await asked({ verify }, bearer('t'))
  expect(response.status).toBe(200)
  expect(inner[0]?.context.meta).toEqual({ subject: 'ada' })
  expect((await asked({ verify }, bearer('x'))).response.status).toBe(401)
})

test.each([[''], [undefined], [false], [0], [{}]])(
  'takes %j of a function for no',
  async (verdict) => {
    const { response } = await asked({ verify: () => verdict as never }, bearer('t'))
    expect(response.status).toBe(401)
  },
)

test('lets nobody in while the function fails', async () => {
  const verify = () => Promise.reject(new Error('no database'))
  await expect(asked({ verify }, bearer('t'))).rejects.toThrow('no database')
})

test('finds the token where it is told to', async () => {
  const options: AuthOptions = { tokens: ['one'], tokenOf: ({ headers }) => headers['x-key'] }
  expect((await asked(options, { 'x-key': 'one' })).response.status).toBe(200)
  expect((await asked(options, bearer('one'))).response.status).toBe(401)
})

test('can not be made so that nobody or everybody gets in', () => {
  expect(() => auth({})).toThrow('nobody could get in')
  expect(() => auth({ tokens: [''] })).toThrow('not empty')
  expect(() => auth({ tokens: ['a'], realm: 'a"b' })).toThrow('realm')
})
