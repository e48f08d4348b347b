import { expectTypeOf, test } from 'vitest'
import { type Context, command, EXIT } from './command.js'

test('run gets the words and options as the data says they are', () => {
  command({
    name: 'send',
    words: ['DIR', '[JSON]', '[MORE…]'],
    options: {
      json: { kind: 'flag' },
      as: { kind: 'text', value: 'SIDE', oneOf: ['backend', 'frontend'] },
      at: { kind: 'text', value: 'ENDPOINT', required: true },
      count: { kind: 'number', value: 'N' },
      timeout: { kind: 'duration', value: 'TIME' },
      env: { kind: 'repeated', value: 'NAME=VALUE' },
    },
    about: 'Sends.',
    example: '$ x send',
    async run({ args: { words, options, rest } }) {
      expectTypeOf(words).toEqualTypeOf<readonly [string, string?, ...string[]]>()
      expectTypeOf(options.json).toEqualTypeOf<boolean>()
      expectTypeOf(options.as).toEqualTypeOf<'backend' | 'frontend' | undefined>()
      expectTypeOf(options.at).toEqualTypeOf<string>()
      expectTypeOf(options.count).toEqualTypeOf<number | undefined>()
      expectTypeOf(options.timeout).toEqualTypeOf<number | undefined>()
      expectTypeOf(options.env).toEqualTypeOf<readonly string[]>()
      expectTypeOf(rest).toEqualTypeOf<readonly string[] | undefined>()
      return EXIT.done
    },
  })
  command({
    name: 'stop',
    words: ['NAME…'],
    about: 'Stops.',
    example: '$ x stop all',
    async run(context) {
      expectTypeOf(context.args.words).toEqualTypeOf<readonly [string, ...string[]]>()
      expectTypeOf(context).toExtend<Context>()
      return EXIT.done
    },
  })
})
