// Where a text stops being JSON, and what was expected there. The platform's own message says so only
// sometimes, and differently in each version.

export interface JsonFault {
  /** Index in the text. */
  readonly at: number
  readonly expected: string
}

/** The first fault of a text that JSON.parse has refused; undefined when this finds none. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    new Scan(text).document()
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    const { at, expected } = thrown
    return { at, expected }
  }
}

class Fault extends Error {
  readonly at: number
  readonly expected: string

  constructor(at: number, expected: string) {
    super(expected)
    this.at = at
    this.expected = expected
  }
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /(?:true|false|null)(?![\w$])/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none inside a text
const TEXT_PART = /(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[\dA-Fa-f]{4})*/y

class Scan {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    // What is open, innermost last. No recursion: the text may be nested however deep.
    const open: ('[' | '{')[] = []
    this.#skip(SPACE)
    for (;;) {
      if (!this.#begins(open)) continue
      // A value has ended: close what ends with it, or go on to the next one.
      while (open.length > 0 && !this.#next(open)) open.pop()
      if (open.length > 0) continue
      if (this.#at < this.#text.length) throw this.#fault('nothing more')
      return
    }
  }

  /** Steps over one value, or into an array or object that is not empty. True when the value is over. */
  #begins(open: ('[' | '{')[]): boolean {
    const first = this.#text[this.#at]
    if (first === '[' || first === '{') {
      this.#at++
      this.#skip(SPACE)
      if (this.#take(first === '[' ? ']' : '}')) {
        this.#skip(SPACE)
        return true
      }
      open.push(first)
      if (first === '{') this.#key("a name in double quotes or '}'")
      return false
    }
    if (first === '"') this.#string()
    else if (!this.#skip(WORD) && !this.#skip(NUMBER)) throw this.#fault('a value')
    this.#skip(SPACE)
    return true
  }

  /** True when another value follows; false when the innermost array or object is closed. */
  #next(open: readonly ('[' | '{')[]): boolean {
    const inArray = open[open.length - 1] === '['
    const end = inArray ? ']' : '}'
    if (this.#take(end)) {
      this.#skip(SPACE)
      return false
    }
    if (!this.#take(',')) throw this.#fault(`',' or '${end}'`)
    this.#skip(SPACE)
    if (!inArray) this.#key('a name in double quotes')
    return true
  }

  #key(expected: string): void {
    if (this.#text[this.#at] !== '"') throw this.#fault(expected)
    this.#string()
    this.#skip(SPACE)
    if (!this.#take(':')) throw this.#fault("':'")
    this.#skip(SPACE)
  }

  #string(): void {
    this.#at++
    this.#skip(TEXT_PART)
    if (this.#take('"')) return
    const found = this.#text[this.#at]
    if (found === undefined) throw this.#fault('a closing double quote')
    throw this.#fault(found === '\\' ? 'a JSON escape such as \\n or \\u0041' : 'no line break')
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  /** Steps over what matches here; false when nothing does. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const length = pattern.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    return length > 0
  }

  #fault(expected: string): Fault {
    return new Fault(this.#at, expected)
  }
}
