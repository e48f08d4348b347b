// Tieline's own protocol, both sides awake for a moment after each send.
import { busyPolling, native } from 'tieline'
import { served } from './tieline.js'

export const subject = served('tieline-busy', {
  protocol: native(),
  title: 'native, contract without schemas, both sides with the clock busyPolling()',
  clock: busyPolling(),
})
