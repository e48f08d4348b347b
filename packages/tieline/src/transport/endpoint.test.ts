import { describe, expect, it } from 'vitest'
import { type Environment, localAddress, parseEndpoint } from './endpoint.js'

const linux: Environment = { platform: 'linux', env: { XDG_RUNTIME_DIR: '/run/user/7' }, uid: 7 }
const bare: Environment = { platform: 'linux', env: {}, uid: 7 }
const mac: Environment = { platform: 'darwin', env: { TMPDIR: '/var/folders/x/T/' }, uid: 501 }
const windows: Environment = { platform: 'win32', env: {}, uid: undefined }

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'invalid-endpoint', message: expect.stringMatching(message) })

describe('parseEndpoint', () => {
  it('reads every scheme', () => {
    expect(parseEndpoint('local:my-app_1.x')).toEqual({ scheme: 'local', name: 'my-app_1.x' })
    expect(parseEndpoint('unix:/run/x.sock')).toEqual({ scheme: 'unix', path: '/run/x.sock' })
    expect(parseEndpoint('pipe:discord-ipc-0')).toEqual({ scheme: 'pipe', name: 'discord-ipc-0' })
    expect(parseEndpoint('stdio:')).toEqual({ scheme: 'stdio' })
    expect(parseEndpoint('ws://[::1]:9001/x?y')).toEqual({ scheme: 'ws', rest: '//[::1]:9001/x?y' })
    expect(parseEndpoint('wss://a/')).toEqual({ scheme: 'wss', rest: '//a/' })
    expect(parseEndpoint('mailbox:/dir#b')).toEqual({ scheme: 'mailbox', rest: '/dir#b' })
  })

  const wrong: [string, RegExp][] = [
    ['', /no scheme; did you mean 'local:'\? There are local:NAME, unix:/],
    ['greeter', /did you mean 'local:greeter'/],
    ['/run/x.sock', /did you mean 'unix:\/run\/x.sock'/],
    ['tcp:1.2.3.4', /no scheme 'tcp'; there are local:NAME/],
    ['__proto__:x', /no scheme '__proto__'/],
    ['local:', /the name is missing/],
    ['local:../x', /"\/" at character 3 of the name is not allowed.*for a path write unix:/],
    ['local:a/b', /"\/" at character 2/],
    ['local:..', /neither begins with '\.' nor contains '\.\.'/],
    ['local:a..b', /nor contains/],
    ['local:.hidden', /neither begins/],
    ['local:a b', /" " at character 2/],
    ['local:a\nb', /"\\n" at character 2/],
    ['local:a\0b', /"\\u0000" at character 2/],
    ['local:né', /"é" at character 2/],
    [`local:${'a'.repeat(65)}`, /has 65 characters; a name is 1 to 64/],
    ['pipe:a\\b', /"\\\\" at character 2/],
    ['unix:', /the path is missing; write unix:\/absolute/],
    ['unix:x.sock', /not absolute/],
    ['unix:///run/x', /more than one '\/'; write 'unix:\/run\/x'/],
    ['unix:/run/', /ends with '\/'/],
    ['unix:/run/a\0b', /NUL at character 7/],
    ['stdio:x', /nothing may follow/],
    ['ws:', /write it as ws:\/\/HOST/],
    ['mailbox:', /write it as mailbox:/],
  ]
  for (const [text, message] of wrong) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))} and says why`, () => {
      expect(() => parseEndpoint(text)).toThrow(invalid(message))
    })
  }
})

describe('localAddress', () => {
  it('puts a local name into the runtime directory', () => {
    expect(localAddress('local:app', linux)).toEqual({
      kind: 'socket',
      path: '/run/user/7/app/app.sock',
      ownDirectory: '/run/user/7/app',
    })
  })

  it("falls back to a directory of the user's own below TMPDIR, or /tmp", () => {
    expect(localAddress('local:app', bare).path).toBe('/tmp/app-7/app.sock')
    expect(localAddress('local:app', mac)).toEqual({
      kind: 'socket',
      path: '/var/folders/x/T/app-501/app.sock',
      ownDirectory: '/var/folders/x/T/app-501',
    })
  })

  it('takes an empty or relative directory in the environment as none', () => {
    for (const directory of ['', 'relative', './x']) {
      const env = { XDG_RUNTIME_DIR: directory, TMPDIR: directory }
      expect(localAddress('local:app', { ...bare, env }).path).toBe('/tmp/app-7/app.sock')
    }
  })

  it('is a named pipe on Windows', () => {
    const address = { kind: 'pipe', path: '\\\\.\\pipe\\app' }
    expect(localAddress('local:app', windows)).toEqual(address)
    expect(localAddress('pipe:app', windows)).toEqual(address)
  })

  it('refuses what the platform does not have', () => {
    expect(() => localAddress('pipe:app', linux)).toThrow(invalid(/Windows only; write local:app/))
    expect(() => localAddress('unix:/x', windows)).toThrow(invalid(/use local: or pipe:/))
    expect(() => localAddress('stdio:', linux)).toThrow(invalid(/not local:, unix: or pipe:/))
  })

  it('counts the bytes of a path, not its characters', () => {
    const path = `/${'é'.repeat(53)}`
    expect(localAddress(`unix:${path}`, linux).path).toBe(path)
    expect(() => localAddress(`unix:${path}x`, linux)).toThrow(invalid(/108 bytes; linux.* 107/))
    expect(() => localAddress(`unix:${path}`, mac)).toThrow(invalid(/107 bytes; darwin.* 103/))
  })
})
