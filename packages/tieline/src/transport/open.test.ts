import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { transportFor } from './open.js'

describe('transportFor', () => {
  it('finds the transport of a scheme', async () => {
    for (const endpoint of ['local:app', 'unix:/run/x.sock', 'stdio:', 'ws://127.0.0.1:9/']) {
      expect((await transportFor(endpoint)).endpoint).toBe(endpoint)
    }
  })

  it('refuses a scheme that does not exist, listing those that do', async () => {
    const message = expect.stringMatching(/no scheme 'tcp'; there are local:NAME, unix:.* stdio:/)
    await expect(transportFor('tcp:x')).rejects.toMatchObject({ code: 'invalid-endpoint', message })
    await expect(transportFor('local:')).rejects.toMatchObject({ code: 'invalid-endpoint' })
  })

  it('loads a transport when it is asked for, and no other', () => {
    const program = `
      const loaded = () => ['net', 'child_process'].filter((name) =>
        process.moduleLoadList.includes('NativeModule ' + name))
      const { transportFor } = await import('${new URL('../../dist/src/transport/open.js', import.meta.url)}')
      const steps = [loaded()]
      await transportFor('stdio:')
      steps.push(loaded())
      await transportFor('unix:/run/x.sock')
      steps.push(loaded())
      process.stdout.write(JSON.stringify(steps))
    `
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
    expect(JSON.parse(stdout.toString())).toEqual([[], [], ['net']])
  })
})
