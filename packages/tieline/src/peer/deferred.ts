// A promise and the means to settle it. Made when somebody asks for the promise.

export interface Deferred<T> {
  readonly promise: Promise<T>
  /** Settles it as the value, or as a promise of it. */
  resolve(value: T | Promise<T>): void
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T | Promise<T>) => void
  const promise = new Promise<T>((resolved) => {
    resolve = resolved
  })
  return { promise, resolve }
}
