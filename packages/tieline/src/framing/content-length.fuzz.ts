// Fuzz target: frames behind a Content-Length header.
import { framerTarget } from '../testing/fuzz.js'
import { contentLength } from './content-length.js'

export const name = 'content-length'

export const target = framerTarget(contentLength())

export const seeds = [
  'Content-Length: 2\r\n\r\n{}Content-Length: 3\r\nContent-Type: x; charset=utf-8\r\n\r\nabc',
  'content-type: a\r\ncontent-length:2\r\n\r\n[]',
  'Content-Length: 99999999999999999999\r\n\r\n',
]
