// What users touch: contracts, clients, handlers.

export { type } from '../service/schema.js'
export { type ClientOptions, client } from './client.js'
export {
  type CallDefinition,
  type Contract,
  call,
  contract,
  type ErrorSchemas,
  type Method,
  type MethodKind,
  type Methods,
  type NoErrors,
  type NotifyDefinition,
  notify,
  type ParamNames,
  type StreamDefinition,
  stream,
} from './contract.js'
export { type Declared, type DeclaredError, isDeclared } from './declared.js'
export {
  DESCRIBE,
  type Description,
  describe,
  type JsonSchema,
  type MethodDescription,
} from './describe.js'
export { type Implementation, type ImplementOptions, implement } from './implement.js'
export { fromPositional, positional, toNamed, toPositional } from './positional.js'
export type {
  Client,
  ClientMethod,
  Context,
  Handler,
  Handlers,
  Input,
  ItemsOptions,
  MethodOptions,
  NotifyOptions,
  Output,
  Params,
} from './types.js'
