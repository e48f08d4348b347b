import { expect, test } from 'vitest'
import type { Service } from '../peer/call.js'
import { router, unknownMethod } from './router.js'
import { aCall } from './stand-in.test.helper.js'

function part(name: string, ...methods: string[]) {
  const service: Service = (call) => {
    if (call.method === 'tieline.describe') return [{ name }]
    return `${name} answers ${call.method}`
  }
  const declared = Object.fromEntries(methods.map((method) => [method, {}]))
  return { contract: { name, methods: declared }, service }
}

test('calls go to the part that declares the method', () => {
  const service = router(part('greeter', 'hello'), part('admin', 'stop', 'status'))
  expect(service(aCall({ method: 'hello' }))).toBe('greeter answers hello')
  expect(service(aCall({ method: 'status' }))).toBe('admin answers status')
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'nope'])(
  'the method %s is unknown unless it is declared',
  (method) => {
    const service = router(part('greeter', 'hello'))
    expect(() => service(aCall({ method }))).toThrow(`unknown method: ${method}`)
  },
)

test('two parts with one method are refused when the router is made', () => {
  expect(() => router(part('greeter', 'hello', 'stop'), part('admin', 'stop'))).toThrow(
    'router: greeter and admin both have a method stop',
  )
})

test('describes all its parts, but those that have it turned off', async () => {
  const silent = part('silent', 'secret')
  const off: Service = (call) => {
    throw unknownMethod(call.method)
  }
  const service = router(part('greeter'), { ...silent, service: off }, part('admin'))
  const describe = aCall({ method: 'tieline.describe' })
  expect(await service(describe)).toEqual([{ name: 'greeter' }, { name: 'admin' }])
  const nothing = router({ ...silent, service: off })
  await expect(nothing(describe)).rejects.toThrow('unknown method: tieline.describe')
})

test('what is said of a foreign method name is short and one line', () => {
  const { message } = unknownMethod(`a\nb${'x'.repeat(1e6)}`)
  expect(message).toMatch(/^unknown method: a bx+…$/)
  expect(message.length).toBeLessThan(150)
})
