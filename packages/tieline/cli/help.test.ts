import { expect, describe as suite, test } from 'vitest'
import { synopsis } from '../src/command/command.js'
import { commandHelp } from '../src/command/help.js'
import { call } from './call.js'
import { describe } from './describe.js'
import { listen } from './listen.js'
import { notify } from './notify.js'
import { ping } from './ping.js'
import { tieline } from './run.test.helper.js'
import { serve } from './serve.js'

const commands = [call, notify, listen, ping, describe, serve]

suite.each(commands.map((command) => ({ name: command.name, command })))('$name', ({ command }) => {
  const help = commandHelp('tieline', command)

  test('begins with how it is written, and ends with an example', () => {
    const [first] = help.split('\n')
    expect(first?.startsWith(synopsis('tieline', command))).toBe(true)
    expect(help).toMatch(new RegExp(`^Examples?\\b[^]*\\$ tieline ${command.name} `, 'm'))
  })

  test('tells every option', () => {
    for (const [name, { kind, short }] of Object.entries(command.options)) {
      const written = `${short ? `-${short}, ` : ''}--${name}${kind === 'flag' ? '' : ' '}`
      expect(help).toContain(written)
    }
  })

  test('fits the narrowest usual terminal', () => {
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('reads', () => {
    expect(help).toMatchSnapshot()
  })
})

test('the overview tells every command, and fits one screen', async () => {
  const overview = (await tieline('--help')).out.trimEnd()
  for (const command of commands) expect(overview).toContain(synopsis('tieline', command))
  const lines = overview.split('\n')
  expect(lines.length).toBeLessThanOrEqual(25)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect(overview).toMatchSnapshot()
})
