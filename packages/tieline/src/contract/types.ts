// What a contract means in types: the client that calls it, the handlers that answer it, and the
// values in between. Before a check a value has the schema's input type, after it the output type.
import type { Call, CallOptions } from '../peer/call.js'
import type { Received, Sent } from '../service/schema.js'
import type { Contract, Method } from './contract.js'

/** What a caller passes: `Input<typeof Greeter, 'hello'>`. */
export type Input<C extends Contract, Name extends keyof C['methods']> = Sent<
  C['methods'][Name]['input']
>
/** What a handler returns and a caller receives, or one item of a stream. */
export type Output<C extends Contract, Name extends keyof C['methods']> = Sent<
  C['methods'][Name]['output']
>
/** What a handler is given, defaults and transforms of the input's schema applied. */
export type Params<C extends Contract, Name extends keyof C['methods']> = Received<
  C['methods'][Name]['input']
>

/** What a caller may ask beside the params. */
export interface MethodOptions extends Omit<CallOptions, 'items'> {}
/** The same for a method that takes a stream of items, which then must be given. */
export interface ItemsOptions<Item> extends MethodOptions {
  /** Streamed to the handler, as fast as it reads. */
  readonly items: AsyncIterable<Item> | Iterable<Item>
}
/** The same for a notification: there is no answer to wait for. */
export interface NotifyOptions extends Pick<CallOptions, 'meta'> {}

/**
 * An object with exactly the contract's methods. `Checked`: answers went through their schemas, so
 * that they have the schemas' output types.
 */
export type Client<C extends Contract, Checked extends boolean = false> = {
  readonly [Name in keyof C['methods']]: ClientMethod<C['methods'][Name], Checked>
}

/**
 * A method as a client has it: `(params, options)` to a promise, to an async iterable for a
 * stream, to nothing for a notification.
 */
export type ClientMethod<
  M extends Method,
  Checked extends boolean = false,
> = M['kind'] extends 'notify'
  ? (...args: Arguments<Sent<M['input']>, NotifyOptions>) => void
  : M['kind'] extends 'stream'
    ? (...args: MethodArguments<M>) => AsyncIterableIterator<Answer<M, Checked>>
    : M['output'] extends undefined
      ? (...args: MethodArguments<M>) => Promise<void>
      : (...args: MethodArguments<M>) => Promise<Answer<M, Checked>>

type MethodArguments<M extends Method> = M['items'] extends undefined
  ? Arguments<Sent<M['input']>, MethodOptions>
  : [input: Sent<M['input']>, options: ItemsOptions<Sent<M['items']>>]

type Arguments<In, Options> = undefined extends In
  ? [input?: In, options?: Options]
  : [input: In, options?: Options]

type Answer<M extends Method, Checked extends boolean> = Checked extends true
  ? Received<M['output']>
  : Sent<M['output']>

/** What a handler is told of its call beside the params. Lazy: what is not asked for costs nothing. */
export interface Context<Item = never> extends Omit<Call, 'items' | 'params'> {
  /** What the caller streams in. Empty when the contract says nothing of items. */
  readonly items: AsyncIterable<Item>
}

/** One handler for each method of the contract, no more and no fewer. */
export type Handlers<C extends Contract> = {
  readonly [Name in keyof C['methods']]: Handler<C['methods'][Name]>
}

/**
 * What answers one method: params that the schema has passed, and the context of the call. May be
 * async; a stream's handler returns an async iterable.
 */
export type Handler<M extends Method> = (
  params: Received<M['input']>,
  context: Context<M['items'] extends undefined ? never : Received<M['items']>>,
) => HandlerAnswer<M>

type HandlerAnswer<M extends Method> = M['kind'] extends 'stream'
  ? AsyncIterable<Sent<M['output']>> | Iterable<Sent<M['output']>>
  : M['output'] extends undefined
    ? void | Promise<void>
    : Sent<M['output']> | Promise<Sent<M['output']>>
