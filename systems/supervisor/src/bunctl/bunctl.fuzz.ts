// Fuzz target: a connection of the original daemon's protocol.
import { protocolTarget } from 'tieline/testing'
import { bunctl } from './protocol.js'

export const name = 'bunctl'

export const target = protocolTarget(bunctl())

const frame = (text: string) =>
  String.fromCharCode(text.length & 0xff, text.length >> 8, 0, 0) + text

export const seeds = [
  frame('{"Start":{"name":"a"}}') + frame('"List"'),
  frame('{"Subscribe":{"types":["all"]}}') + frame('"Unsubscribe"'),
  frame('{"Success":{"message":"m"}}'),
  frame('{"Event":{}}') + frame(''),
]
