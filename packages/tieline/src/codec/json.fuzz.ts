// Fuzz target: one JSON value.
import { codecTarget } from '../testing/fuzz.js'
import { json } from './json.js'

export const name = 'json'

export const target = codecTarget(json())

export const seeds = [
  '{"a":[1,-0,1e300,"\\u00e9\\ud83d\\ude00",null,true],"__proto__":{"x":1}}',
  '[[[[[[[[[1]]]]]]]]]',
  '{"\\u005f_proto__":1}',
]
