// What the connections of one server have in common as a rule, their limits and what their clients say
// of themselves, is kept once and not for each.
import type { Hello, ServedContract } from '../dialect/envelope.js'
import { defaultLimits, type Limits, limitsWith } from '../limits.js'

let lastLimits = defaultLimits
let lastChanges: Partial<Limits> | undefined
let lastHello: Hello | undefined

/** The defaults with these changes. Throws as `limitsWith` does. */
export function sharedLimits(changes: Partial<Limits> | undefined): Limits {
  if (changes === undefined) return defaultLimits
  // One server's connections are given the same object, which cannot change.
  if (changes === lastChanges && Object.isFrozen(changes)) return lastLimits
  const limits = limitsWith(changes)
  const names = Object.keys(limits) as (keyof Limits)[]
  if (!names.every((name) => limits[name] === lastLimits[name])) lastLimits = limits
  lastChanges = changes
  return lastLimits
}

/** The same hello, and the same object as the one before it when that said the same. */
export function sharedHello(hello: Hello): Hello {
  const same =
    lastHello !== undefined &&
    lastHello.major === hello.major &&
    lastHello.minor === hello.minor &&
    alike(lastHello.serves, hello.serves) &&
    alike(lastHello.expects, hello.expects)
  if (lastHello === undefined || !same) lastHello = hello
  return lastHello
}

function alike(one: ServedContract | undefined, other: ServedContract | undefined): boolean {
  return one?.name === other?.name && one?.version === other?.version
}
