// Property names as JSON has them, with their quotes and the colon: made once, and written whole, four
// bytes at a time.

/** Names remembered. 512: the property names of a large program's messages. */
const ENTRIES = 512
/** The longest name remembered, in characters. 60: with what is around it, 16 words. */
const LONGEST = 60

const encoder = new TextEncoder()

export class JsonKey {
  readonly text: string
  /** Bytes of it, quotes and colon included; 0: not remembered, to be written as a text. */
  readonly size: number
  /** The key that last came behind this one: the first guess for the next. */
  next: JsonKey
  readonly #words: Int32Array

  constructor(text: string, bytes: Uint8Array) {
    this.text = text
    this.size = bytes.length
    this.next = this
    const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
    whole.set(bytes)
    const view = new DataView(whole.buffer)
    this.#words = Int32Array.from({ length: whole.length / 4 }, (_, i) => view.getInt32(4 * i))
  }

  /** Writes it at `at`, and up to three bytes behind it, which must be free. */
  write(view: DataView, at: number): void {
    const words = this.#words
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] as number)
  }
}

/** What was written last when nothing was, or something that is not remembered. */
const NO_KEY = new JsonKey('', new Uint8Array(0))

export class JsonKeys {
  readonly #keys = new Map<string, JsonKey>()
  #last = NO_KEY

  /** The key of that name; one without `size` is to be written as a text. */
  find(name: string): JsonKey {
    const guess = this.#last.next
    const key = guess.text === name && guess !== NO_KEY ? guess : this.#look(name)
    this.#last = key
    return key
  }

  #look(name: string): JsonKey {
    let key = this.#keys.get(name)
    if (key === undefined) {
      if (this.#keys.size >= ENTRIES || name.length > LONGEST) return NO_KEY
      key = new JsonKey(name, encoder.encode(`${JSON.stringify(name)}:`))
      this.#keys.set(name, key)
    }
    if (this.#last !== NO_KEY) this.#last.next = key
    return key
  }
}
