import { expect, it } from 'vitest'
import { optionsFrom } from './options.js'

it('has a default for everything', () => {
  expect(optionsFrom([])).toEqual({ port: 9002, sitePort: 9003, seed: 7 })
})

it('takes whole numbers', () => {
  const options = optionsFrom(['--port', '0', '--site-port', '8000', '--seed', '4294967295'])
  expect(options).toEqual({ port: 0, sitePort: 8000, seed: 4294967295 })
})

it.each([['--port', '65536'], ['--port', 'x'], ['--seed', '-1'], ['--seed=1.5'], ['--what']])(
  'refuses %s %s',
  (...args) => {
    expect(() => optionsFrom(args.filter((arg) => arg !== undefined))).toThrow(/--/)
  },
)

it('is asked for help', () => {
  expect(optionsFrom(['--help'])).toBeUndefined()
})
