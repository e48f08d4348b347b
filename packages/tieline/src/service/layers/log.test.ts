import { describe, expect, test } from 'vitest'
import { fail, TielineError } from '../../errors.js'
import type { Service } from '../../peer/call.js'
import { aCall, type CallParts, ManualClock, settle } from '../stand-in.test.helper.js'
import { type Logger, log } from './log.js'

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

function logger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = []
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message })
  }
  const { debug, info, warn, error } = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
  return { logger: { debug, info, warn, error }, lines }
}

async function logged(service: Service, parts: CallParts = {}): Promise<Line> {
  const clock = new ManualClock()
  const made = logger()
  const outer = log(made.logger, { clock })((call) => {
    void clock.move(12)
    return service(call)
  })
  try {
    await outer(aCall(parts))
  } catch {}
  await settle()
  expect(made.lines).toHaveLength(1)
  return made.lines[0]!
}

const SECRET = 'hunter2'

describe('one line for each call', () => {
  test('that answered', async () => {
    expect(await logged(async () => SECRET, { params: { password: SECRET } })).toEqual({
      level: 'debug',
      fields: { method: 'hello', kind: 'call', ms: 12 },
      message: 'hello answered',
    })
  })

  test('that was refused on purpose: the code, and not the text, which may quote params', async () => {
    const refuse = () => {
      throw fail('not-found', `no user ${SECRET}`, { password: SECRET })
    }
    const line = await logged(refuse)
    expect(line).toMatchObject({ level: 'warn', message: 'hello refused: not-found' })
    expect(JSON.stringify(line)).not.toContain(SECRET)
  })

  test('that failed: the error with its causes, and none of its data', async () => {
    const line = await logged(async () => {
      const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
      throw new TielineError('connection-lost', 'lost it', { data: SECRET, cause })
    })
    expect(line).toMatchObject({ level: 'error', message: 'hello failed' })
    expect(line.fields).toMatchObject({
      code: 'internal',
      err: {
        type: 'TielineError',
        message: 'lost it',
        code: 'connection-lost',
        cause: { type: 'Error', message: 'disk full', code: 'ENOSPC' },
      },
    })
    expect(JSON.stringify(line)).not.toContain(SECRET)
  })

  test('that threw what is no error', async () => {
    const line = await logged(() => Promise.reject(SECRET))
    expect(line.fields['err']).toEqual({ type: 'string', message: 'not an Error was thrown' })
  })

  test('that ended because its caller left', async () => {
    const stopped = () =>
      Promise.reject(new DOMException('This operation was aborted', 'AbortError'))
    const line = await logged(stopped, { signal: AbortSignal.abort() })
    expect(line).toMatchObject({ level: 'warn', message: 'hello refused: cancelled' })
  })

  test('whose name is an attack on the log', async () => {
    const line = await logged(() => 1, { method: `x\nERROR all is lost${'!'.repeat(1e6)}` })
    expect(line.message).toMatch(/^x ERROR all is lost!+… answered$/)
    expect(line.message.length).toBeLessThan(120)
  })
})

test('a stream has its line when it is over', async () => {
  const { logger: to, lines } = logger()
  const outer = log(to)(async function* () {
    yield 1
  })
  const stream = outer(aCall({ kind: 'stream' })) as AsyncIterableIterator<unknown>
  await stream.next()
  expect(lines).toHaveLength(0)
  await stream.next()
  expect(lines).toMatchObject([{ message: 'hello answered', fields: { kind: 'stream' } }])
})

test('a logger that throws changes no answer', async () => {
  const broken = () => {
    throw new Error('disk full')
  }
  const outer = log({ debug: broken, info: broken, warn: broken, error: broken })((call) => {
    return call.params === 'bad' ? Promise.reject(new Error('real')) : 'fine'
  })
  expect(outer(aCall())).toBe('fine')
  await expect(outer(aCall({ params: 'bad' }))).rejects.toThrow('real')
})

test('a ring of causes ends', async () => {
  const ring = new Error('ring')
  ring.cause = ring
  const line = await logged(() => Promise.reject(ring))
  expect(JSON.stringify(line).match(/"message":"ring"/g)).toHaveLength(5)
})
