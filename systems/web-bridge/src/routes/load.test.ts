import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownDirectory, ownFile } from '../bridge.test.helper.js'
import type { HandlerSetup } from '../handlers/handler.js'
import { loadRoutes } from './load.js'

const setup = { greeting: 'hello' } as unknown as HandlerSetup

async function idsOf(text: string): Promise<readonly string[]> {
  const routes = await loadRoutes([await ownFile('routes.mjs', text)], setup)
  return routes.map(({ id }) => id)
}

/** Why it can not be loaded, without the folder it is in. */
async function refusalOf(text: string, name = 'routes.mjs'): Promise<string> {
  const file = await ownFile(name, text)
  const error = await loadRoutes([file], setup).catch((thrown: Error) => thrown)
  return (error as Error).message.replace(file, name)
}

describe('a module', () => {
  test('exports a table, a list, or a function that makes one', async () => {
    expect(await idsOf("export const routes = { 'GET /a': () => 1 }")).toEqual(['GET /a'])
    const list = "export const routes = [{ method: 'POST', path: '/a', handler() {} }]"
    expect(await idsOf(list)).toEqual(['POST /a'])
    const made = "export const routes = async (s) => ({ ['GET /' + s.greeting]: () => 1 })"
    expect(await idsOf(made)).toEqual(['GET /hello'])
  })

  test('that is not there is told in a few words', async () => {
    const file = join(await ownDirectory(), 'none.mjs')
    await expect(loadRoutes([file], setup)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: `${file}: there is no such file`,
    })
  })

  test.each([
    [
      'export const other = 1',
      'must export routes: a list, a table, or a function that returns one',
    ],
    [
      "export const routes = { 'GET a': () => 1 }",
      'the route "GET a" must have a path that begins',
    ],
    ["export const routes = { 'BREW /a': () => 1 }", 'has a method that HTTP does not have: BREW'],
    ["export const routes = { 'GET /a': 1 }", 'must have a function as its handler'],
  ])('with no good routes is told why: %s', async (text, why) => {
    expect(await refusalOf(text)).toContain(why)
  })

  test('may not have what another has', async () => {
    const one = await ownFile('one.mjs', "export const routes = { 'GET /a': () => 1 }")
    const other = await ownFile('other.mjs', "export const routes = { 'GET /a': () => 1 }")
    await expect(loadRoutes([one, other], setup)).rejects.toThrow(
      `${other}: has GET /a, which ${one} has too`,
    )
  })
})

describe('a route file', () => {
  test('names handlers, each by its file and what that exports', async () => {
    const users = await ownFile('users.mjs', 'export const show = () => 1')
    const file = await ownFile('routes.json', JSON.stringify({ 'GET /u': `${users}#show` }))
    expect((await loadRoutes([file], setup)).map(({ id }) => id)).toEqual(['GET /u'])
  })

  test.each([
    ['{', 'can not be read'],
    ['[]', 'must be an object'],
    ['{"GET /": "./users.mjs"}', 'must say for GET / where its handler is'],
    ['{"GET /": "./none.mjs#show"}', './none.mjs: there is no such file'],
  ])('that is wrong is told why: %s', async (text, why) => {
    expect(await refusalOf(text, 'routes.json')).toContain(why)
  })

  test('may not name what is inherited by all objects', async () => {
    const users = await ownFile('users.mjs', 'export const show = () => 1')
    const said = await refusalOf(JSON.stringify({ 'GET /': `${users}#toString` }), 'routes.json')
    expect(said).toContain('exports no toString')
  })
})
