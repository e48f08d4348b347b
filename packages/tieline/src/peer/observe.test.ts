import diagnosticsChannel from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { toldOf } from './observe.js'

/** A channel's remote that counts how often the kernel is asked, until the connection is gone. */
function remote() {
  const asked = { times: 0, gone: false }
  return {
    asked,
    endpoint: 'unix:/run/x.sock',
    get credentials() {
      if (asked.gone) return undefined as never
      asked.times++
      return { uid: 7, gid: 7, pid: 7 }
    },
  }
}

test('a connection that nobody watches does not ask the kernel who connected', () => {
  const from = remote()
  const info = toldOf(from, undefined)
  expect(info).toMatchObject({ endpoint: 'unix:/run/x.sock' })
  const fresh = remote()
  toldOf(fresh, undefined)
  expect(fresh.asked.times).toBe(0)
  expect(info.credentials).toEqual({ uid: 7, gid: 7, pid: 7 })
})

test('an observer is told who connected also once the connection is gone', () => {
  const from = remote()
  const info = toldOf(from, { closed() {} })
  from.asked.gone = true
  expect(info.credentials).toEqual({ uid: 7, gid: 7, pid: 7 })
})

test('so is a subscriber of a diagnostics channel', () => {
  const ignore = () => {}
  diagnosticsChannel.subscribe('tieline.closed', ignore)
  try {
    const from = remote()
    const info = toldOf(from, undefined)
    from.asked.gone = true
    expect(info.credentials).toEqual({ uid: 7, gid: 7, pid: 7 })
  } finally {
    diagnosticsChannel.unsubscribe('tieline.closed', ignore)
  }
})
