// The errors of the player driver. Generation 1 carries an error as one line of text, so each text
// here is recognised again at the other end: a program sees the same code from both drivers.
import { fail, TielineError } from 'tieline'

/** A param that cannot be what its method asks for. */
export function invalid(message: string): TielineError {
  return fail('invalid-argument', message)
}

/** Also for players of other connections: nobody learns which ids exist. */
export function unknownPlayer(player: number): TielineError {
  return fail('unknown-player', `player_id ${player} not registered for this connection`)
}

/** For methods that take any player which the caller sees. */
export function noSuchPlayer(player: number): TielineError {
  return fail('unknown-player', `player_id ${player} not registered`)
}

export function notAssigned(player: number, device: string): TielineError {
  return fail('not-assigned', `player_id ${player} not assigned to the device ${device}`)
}

export function deviceInUse(device: string): TielineError {
  return fail('device-in-use', `device ${device} is attached already`)
}

export function noSuchDevice(device: string): TielineError {
  return fail('unknown-device', `device ${device} is not attached`)
}

export function tooLong(what: string, length: number, limit: number): TielineError {
  return fail('too-large', `${what} has ${length} characters, the limit is ${limit}`)
}

export function exhausted(message: string): TielineError {
  return fail('resource-exhausted', message)
}

export function driverClosed(): TielineError {
  return fail('unavailable', 'the driver is closed')
}

export function cancelled(): TielineError {
  return new TielineError('cancelled', 'cancelled by the caller')
}

/** How each text begins or reads, ours and the original driver's. The first match decides. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/^unknown method/, 'unknown-method'],
  [/^player_id \d+ not registered/, 'unknown-player'],
  [/player (\d+ )?not found/i, 'unknown-player'],
  [/not assigned to the device/i, 'not-assigned'],
  [/^device \S+ is attached already/, 'device-in-use'],
  [/^device \S+ is not attached/, 'unknown-device'],
  [/the limit is \d+$/, 'too-large'],
  [/^no more /, 'resource-exhausted'],
  [/^the driver is closed$/, 'unavailable'],
  // How the toolkit refuses calls on a connection that drains.
  [/: the connection is closing$/, 'unavailable'],
  [
    /^(invalid |expected \d+ param|params not expected|timeline missing |texts must be map)/,
    'invalid-argument',
  ],
]

/** The code that a text from the wire stands for; undefined for a text of nobody we know. */
export function codeOfText(text: string): string | undefined {
  return CODES.find(([shape]) => shape.test(text))?.[1]
}
