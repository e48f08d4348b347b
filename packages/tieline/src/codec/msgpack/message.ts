// What a message is to the MessagePack codec: how it is written and read element by element, so that
// no array has to be made only to be taken apart again.

/** How messages of one kind are written and read. */
export interface MessageForm<T> {
  /** Writes one value: an array with `array` and then each of its elements, or anything with `value`. */
  write(message: T, to: MessageWriter): void
  /** Reads one value. What of its outermost array is not asked for is read and dropped. */
  read(from: MessageReader): T
}

export interface MessageWriter {
  /** The head of the outermost array. `count` elements must follow. */
  array(count: number): void
  number(value: number): void
  text(value: string): void
  value(value: unknown): void
}

export interface MessageReader {
  /** Steps into the outermost array and returns how many elements it has; -1 for any other value. */
  array(): number
  /** The next element of that array, undefined behind the last one; without an array, the value. */
  next(): unknown
}

/** A message that is one value, whatever it is. */
export const anyValue: MessageForm<unknown> = {
  write: (value, to) => to.value(value),
  read: (from) => from.next(),
}
