import { expect, it } from 'vitest'
import { driverEndpoint, endpointFrom } from './endpoint.js'

const at = (env: Record<string, string>, platform = 'linux') => driverEndpoint({ platform, env })

it('is what FSCT_IPC_ENDPOINT says, as an endpoint, a path or a pipe', () => {
  expect(at({ FSCT_IPC_ENDPOINT: 'local:other' })).toBe('local:other')
  expect(at({ FSCT_IPC_ENDPOINT: ' /run/user/7/x.sock ' })).toBe('unix:/run/user/7/x.sock')
  expect(at({ FSCT_IPC_ENDPOINT: '\\\\.\\pipe\\mine' }, 'win32')).toBe('pipe:mine')
})

it.each([{}, { FSCT_IPC_ENDPOINT: '' }, { FSCT_IPC_ENDPOINT: ' \t' }])(
  'is the default without it, or when it is blank: %j',
  (env) => {
    expect(at(env)).toBe('local:fsct')
    expect(at(env, 'darwin')).toBe('local:fsct')
    expect(at(env, 'win32')).toBe('pipe:fsct_host_v1')
  },
)

it('takes a relative path as one from here', () => {
  expect(endpointFrom('./x.sock')).toBe(`unix:${process.cwd()}/x.sock`)
  expect(endpointFrom('fsct')).toBe('fsct')
})
