// Text from outside, made fit to print: it cannot steer the terminal.

// Control characters but tab and line feed, and what changes the direction of a text.
const STEERING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** The text with its lines and tabs; what would steer a terminal is written as an escape. */
export function harmless(text: string): string {
  return text.replace(STEERING, escaped)
}

/** The same in one line. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' '))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
