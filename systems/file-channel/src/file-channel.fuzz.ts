// Fuzz target: the messages of a file channel, as its dialect reads them.
import type { Dialect } from 'tieline/dialect'
import { checkKeys, refusedOr } from 'tieline/testing'
import { parseFile } from 'tieline/transport'
import { fileChannel } from './protocol.js'

export const name = 'file-channel'

const decoder = new TextDecoder()

export function target(bytes: Uint8Array): void {
  const dialect: Dialect<unknown> = fileChannel().dialect()
  for (const { message } of parseFile(decoder.decode(bytes)).entries) {
    refusedOr(() =>
      dialect.read(message, (envelope) => {
        checkKeys(envelope)
      }),
    )
  }
}

const message = (type: string, more: string) =>
  `{"id":"a","timestamp":1,"type":"${type}","payload":{},${more}}`

export const seeds = [
  `[${message('request', '"method":"m"')},${message('event', '"method":null')}]`,
  `[${message('response', '"reply_to":"b","error":"e"')}]`,
]
