import { expect, it } from 'vitest'
import { optionsFrom } from './options.js'

it('has a default for everything', () => {
  expect(optionsFrom([])).toMatchObject({ port: undefined, mpv: undefined, once: false })
})

it('takes a port, a plug-in host and the check', () => {
  const options = optionsFrom(['--port', '0', '--plugin', 'node', '--once'])
  expect(options).toEqual({ port: 0, mpv: undefined, plugin: 'node', once: true })
})

it.each([
  ['--port', '65536'],
  ['--port', 'x'],
  ['--port=-1'],
  ['--plugin', 'gimp'],
  ['--mpv', '/nowhere/song.flac'],
  ['--what'],
  ['more'],
])('refuses %s %s in one line', (...args) => {
  const given = args.filter((arg) => arg !== undefined)
  expect(() => optionsFrom(given)).toThrow(/^[^\n]*$/)
})

it('is asked for help', () => {
  expect(optionsFrom(['--help'])).toBeUndefined()
})
