// For programs that are commands: a program of several commands, each of them words and options as
// data, and where their output goes. `tieline` itself and all its systems are made with it.

/**
 * The whole of a program with one command:
 *
 *     import { command, EXIT, program } from 'tieline/command'
 *
 *     const hello = command({
 *       name: 'hello',
 *       words: ['NAME'],
 *       options: { loud: { kind: 'flag', short: 'l', about: 'so that all hear it' } },
 *       about: 'Says hello.',
 *       example: '$ greeter hello Ada --loud',
 *       async run({ args, terminal }) {
 *         await terminal.print(`Hello ${args.words[0]}${args.options.loud ? '!' : ''}`)
 *         return EXIT.done
 *       },
 *     })
 *
 *     await program({
 *       name: 'greeter',
 *       manifest: new URL('./package.json', import.meta.url),
 *       summary: 'Greets people.',
 *       commands: { hello: { summary: { 'hello NAME': 'say hello' }, load: async () => hello } },
 *       example: '$ greeter hello Ada',
 *     }).run(process)
 *
 * It has `--help`, `hello --help`, `help hello` and `--version`, tells a wrong line in one line with
 * what was probably meant, and exits with 0 done, 1 the other side answered an error, 2 wrong usage,
 * 3 no connection, 4 timed out, 70 a fault of the program, or 128 and the signal that ended it. The
 * first Ctrl-C fires `signal`, the second exits at once. A program of several commands has each in a
 * file of its own, which `load` imports.
 *
 * @module
 */
export { type Command, type CommandSpec, type Context, command, EXIT } from './command.js'
export type { Explain, Explanation } from './failure.js'
export type { Arguments, Option, Options, OptionValue, Words, WordValues } from './options.js'
export {
  type CommandEntry,
  type Process,
  type Program,
  type ProgramSpec,
  program,
} from './program.js'
export { type Paint, type Screen, Terminal, type Tone } from './terminal.js'
export { harmless, oneLine } from './text.js'
export { type Guess, usage } from './usage.js'
export { versionOf } from './version.js'
