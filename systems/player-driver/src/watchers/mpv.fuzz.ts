// Fuzz target: what comes over mpv's socket, up to what a driver is told of it.

import { defaultLimits } from 'tieline'
import { json } from 'tieline/codec'
import type { Envelope } from 'tieline/dialect'
import { checkKeys, protocolTarget, refusedOr } from 'tieline/testing'
import { mpvProtocol } from './mpv.js'
import { mpvDialect } from './mpv-dialect.js'
import { afterEvent, initialMpv, type MpvEvent, mpvPublication } from './mpv-state.js'

export const name = 'mpv'

const connection = protocolTarget(mpvProtocol())
const codec = json()

export function target(bytes: Uint8Array): void {
  connection(bytes)
  const dialect = mpvDialect()
  let state = initialMpv
  const take = (envelope: Envelope) => {
    if (envelope.kind !== 'notify') return
    state = afterEvent(state, envelope as unknown as MpvEvent)
    checkKeys(mpvPublication(state))
  }
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at) < 0 ? bytes.length : bytes.indexOf(0x0a, at)
    refusedOr(() => dialect.read(codec.decode(bytes, at, end, false, defaultLimits), take))
    at = end + 1
  }
}

export const seeds = [
  '{"event":"property-change","name":"duration","data":1.5}\n{"event":"start-file"}\n',
  '{"data":1,"error":"success","request_id":1}\n{"event":"end-file","reason":"error"}\n',
  '{"event":"property-change","name":"metadata","data":{"ARTIST":"a","icy-title":"a - b"}}\n{"event":"property-change","name":"idle-active","data":false}\n',
]
