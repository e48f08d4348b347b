// tieline describe: what a server offers, as a table or as JSON.

import { command, EXIT } from '../src/command/command.js'
import type { Terminal } from '../src/command/terminal.js'
import { oneLine } from '../src/command/text.js'
import type { Description, MethodDescription } from '../src/contract/describe.js'
import { isTielineError, TielineError } from '../src/errors.js'
import type { Peer } from '../src/peer/peer.js'
import { askDescription } from './described.js'
import { jsonLine } from './json-form.js'
import { ENDPOINT, json, protocol, timeout } from './options.js'
import { type Target, targetFrom, withPeer } from './session.js'
import { table } from './table.js'
import { typeText } from './type-text.js'

export const describe = command({
  name: 'describe',
  words: ['ENDPOINT'],
  options: {
    protocol,
    timeout: timeout('for connecting and the answer: 500ms, 5s, 2m (default 30s)'),
    json: json('one line of JSON for each contract, with JSON Schemas'),
  },
  about: 'Shows what a Tieline server offers: its contract, version and methods.',
  terms: { ENDPOINT },
  example: `$ tieline describe local:greeter
greeter 1.0 at local:greeter

METHOD  KIND    PARAMS               ANSWER  SUMMARY
hello   call    { name: string }     string  Greets by name.
log     notify  string                       Writes a line to the log.
ticks   stream  { everyMs: number }  number  Counts, at a steady pace.`,
  async run({ args, terminal, signal }) {
    const target = await targetFrom(args.words[0], args.options)
    return withPeer(target, signal, async ({ peer, left }) => {
      const descriptions = await ask(peer, target, left())
      for (const [index, description] of descriptions.entries()) {
        if (args.options.json) {
          await terminal.print(jsonLine(description))
          continue
        }
        if (index > 0) await terminal.print('')
        await terminal.print(page(description, target.endpoint, terminal))
      }
      return EXIT.done
    })
  },
})

async function ask(peer: Peer, { endpoint }: Target, left: number): Promise<Description[]> {
  try {
    return await askDescription(peer, left)
  } catch (error) {
    // Other programs answer in their own words that they do not know the method.
    if (!isTielineError(error) || error.origin !== 'remote') throw error
    throw new TielineError(
      error.code,
      `${error.message} (only Tieline servers describe themselves)`,
      {
        origin: 'remote',
        method: 'describe',
        endpoint,
        cause: error,
      },
    )
  }
}

function page(description: Description, endpoint: string, terminal: Terminal): string {
  const { paint, width } = terminal
  const title = `${paint('bold', oneLine(`${description.name} ${description.version}`))} at ${endpoint}`
  const titles = ['METHOD', 'KIND', 'PARAMS', 'ANSWER', 'ERRORS', 'SUMMARY']
  const rows = description.methods.map((method) => cells(method).map(oneLine))
  if (rows.length === 0) return `${title}\n\nno methods`
  return [title, '', ...table(titles, rows, width, paint)].join('\n')
}

function cells({ name, kind, input, output, items, params, errors, summary }: MethodDescription) {
  const order = Array.isArray(params) ? params : []
  const taken = input === undefined ? '' : typeText(input, order)
  const streamed = items === undefined ? '' : `stream of ${typeText(items)}`
  return [
    name,
    kind,
    [taken, streamed].filter((part) => part !== '').join(', '),
    output === undefined ? '' : typeText(output),
    errors?.map(({ code }) => code).join(', ') ?? '',
    summary ?? '',
  ]
}
