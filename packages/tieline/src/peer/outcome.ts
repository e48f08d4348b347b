// What a handler may return, told apart: a value, the promise of one, a source of items.

/** What can be streamed. */
export type Source<T = unknown> = AsyncIterable<T> | Iterable<T>

/** True for what can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** True for an AsyncIterable. Asked of every answer: reading a property is faster than `in`. */
export function hasItems(value: object): value is AsyncIterable<unknown> {
  return (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] !== undefined
}

/** True for what can be a stream. A string is iterable too, but never meant as a stream. */
export function isSource(value: unknown): value is Source {
  return (
    typeof value === 'object' &&
    value !== null &&
    (hasItems(value) || (value as Partial<Iterable<unknown>>)[Symbol.iterator] !== undefined)
  )
}

export function iteratorOf<T>(source: Source<T>): AsyncIterator<T> | Iterator<T> {
  return hasItems(source) ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
}
