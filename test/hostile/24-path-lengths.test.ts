// Row 24: a path longer than the system takes, or with a NUL, is a clear error that names the limit,
// before anything is made; one that just fits works.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { local, localAddress } from 'tieline/transport'
import { afterAll, describe, expect, it } from 'vitest'

const directory = mkdtempSync('/tmp/tieline-24-')
afterAll(() => rmSync(directory, { recursive: true }))

/** A path of that many bytes. */
function pathOf(bytes: number): string {
  return join(directory, 'x'.repeat(bytes - directory.length - 1))
}

const LIMITS = { linux: 107, darwin: 103, freebsd: 103 } as const

describe('a path of 100 to 200 bytes', () => {
  for (const [platform, limit] of Object.entries(LIMITS)) {
    it(`is taken up to ${limit} on ${platform}, and refused by name above`, () => {
      const environment = { platform, env: {}, uid: 1 }
      for (let bytes = 100; bytes <= 200; bytes++) {
        const path = pathOf(bytes)
        const resolve = () => localAddress(`unix:${path}`, environment)
        if (bytes <= limit) {
          expect(resolve()).toEqual({ kind: 'socket', path })
        } else {
          expect(resolve).toThrow(
            expect.objectContaining({
              code: 'invalid-endpoint',
              message: expect.stringContaining(
                `${bytes} bytes; ${platform} allows at most ${limit}`,
              ),
            }),
          )
        }
      }
    })
  }

  it('is really bound, connected to and removed when it just fits here', async () => {
    const limit = LIMITS[process.platform as keyof typeof LIMITS]
    const path = pathOf(limit)
    const transport = local(`unix:${path}`)
    const listener = await transport.listen({ accept: (channel) => channel.abort(new Error('go')) })
    expect(readdirSync(directory)).toContain(path.slice(directory.length + 1))
    const channel = await transport.connect()
    channel.abort(new Error('over'))
    await listener.close()
    expect(readdirSync(directory)).toEqual([])
  })

  it('is refused for a server and a client alike, and nothing is made', () => {
    expect(() => local(`unix:${pathOf(108)}`)).toThrow(/at most 10[37]/)
    expect(readdirSync(directory)).toEqual([])
  })

  it('may come from the environment of a local name', () => {
    const env = { XDG_RUNTIME_DIR: pathOf(100) }
    const environment = { platform: 'linux', env, uid: 1 }
    expect(() => local('local:app', { environment })).toThrow(
      expect.objectContaining({
        code: 'invalid-endpoint',
        message: expect.stringMatching(
          /"local:app": the socket path .* has 113 bytes; linux .* 107/,
        ),
      }),
    )
  })
})

describe('a NUL', () => {
  it('is refused wherever it is', () => {
    const limitNamed = {
      code: 'invalid-endpoint',
      message: expect.stringMatching(/NUL at character/),
    }
    for (const path of ['/\0', '/run/x\0', '\0abstract', '/run/\0/x']) {
      expect(() => local(`unix:${path}`)).toThrow(expect.objectContaining(limitNamed))
    }
    expect(() => local('local:a\0b')).toThrow(/"\\u0000" at character 2 of the name/)
  })
})
