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

// What terminals give two columns: wide and fullwidth characters of East Asia, and emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** What is drawn onto the character before it, or not at all. */
const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}]/u

/** How many columns of a terminal a text of one line takes. */
export function columnsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text) {
    if (!NO_COLUMN.test(character)) columns += WIDE.test(character) ? 2 : 1
  }
  return columns
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
