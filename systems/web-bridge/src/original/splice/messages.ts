// The fields of splice messages, read strictly: their order is the wire's, and more of them than are
// known are passed over.
import { malformed } from '../wire/fields.js'
import type { SpliceMessage } from './codec.js'

/** 1.0, in the upper and lower half. */
export const SPLICE_VERSION = 0x0001_0000
export const CAN_STREAM = 1
export const CAN_CANCEL = 2

export type SpliceRole = 'Host' | 'Worker'

/** What a worker says of one of its functions. Schemas are texts of JSON Schema, '{}' for any. */
export interface SpliceExport {
  readonly name: string
  readonly isAsync: boolean
  readonly isStreaming: boolean
  readonly paramsSchema: string
  readonly returnSchema: string
}

export interface SpliceHealth {
  readonly uptimeMs: number
  readonly activeRequests: number
  readonly totalRequests: number
}

/** 64 bits: a bigint where a number is not exact. */
export type SpliceId = number | bigint

/** Reads the fields of one message in order. Throws `malformed`, naming the field. */
export class FieldReader {
  readonly #message: SpliceMessage
  #next = 0

  constructor(message: SpliceMessage) {
    this.#message = message
  }

  text(name: string): string {
    const value = this.#take()
    if (typeof value === 'string') return value
    throw this.#wrong(name, 'a text')
  }

  flag(name: string): boolean {
    const value = this.#take()
    if (typeof value === 'boolean') return value
    throw this.#wrong(name, 'true or false')
  }

  count(name: string): number {
    const value = this.#take()
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw this.#wrong(name, 'an integer from 0')
  }

  id(name: string): SpliceId {
    const value = this.#take()
    if (typeof value === 'bigint' && value >= 0n) return value
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw this.#wrong(name, 'an integer from 0')
  }

  /** Bytes, or the list of numbers that some writers make of them. */
  bytes(name: string): Uint8Array {
    const value = this.#take()
    if (value instanceof Uint8Array) return value
    if (Array.isArray(value) && value.every(isByte)) return Uint8Array.from(value)
    throw this.#wrong(name, 'bytes')
  }

  optionalBytes(name: string): Uint8Array | undefined {
    const value = this.#message.fields[this.#next]
    if (value !== null && value !== undefined) return this.bytes(name)
    this.#next++
    return undefined
  }

  list(name: string): readonly unknown[] {
    const value = this.#take()
    if (Array.isArray(value)) return value as unknown[]
    throw this.#wrong(name, 'a list')
  }

  /** A name out of several, or its place among them. The first one's place is 0. */
  oneOf<T extends string>(name: string, names: readonly T[]): T {
    const value = this.#take()
    const known = names.find((each, index) => value === each || value === index)
    if (known !== undefined) return known
    throw this.#wrong(name, `one of ${names.join(', ')}`)
  }

  /** The fields of a value within this one, under the same rules. */
  within(name: string): FieldReader {
    return new FieldReader({ type: this.#message.type, fields: this.list(name) })
  }

  #take(): unknown {
    return this.#message.fields[this.#next++]
  }

  #wrong(name: string, expected: string): Error {
    return malformed(`${name} of ${this.#message.type} must be ${expected}`)
  }
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xff
}

export function handshake(role: SpliceRole, frameBytes: number): SpliceMessage {
  const fields = [SPLICE_VERSION, role, CAN_STREAM | CAN_CANCEL, frameBytes]
  return { type: 'Handshake', fields }
}

export function exportsMessage(exports: readonly SpliceExport[]): SpliceMessage {
  const list = exports.map((each) => [
    each.name,
    each.isAsync,
    each.isStreaming,
    each.paramsSchema,
    each.returnSchema,
  ])
  return { type: 'ListExportsResult', fields: [list] }
}

export function readExports(message: SpliceMessage): readonly SpliceExport[] {
  const list = new FieldReader(message).list('exports')
  return list.map((each) => {
    const fields = new FieldReader({ type: message.type, fields: [each] }).within('an export')
    return {
      name: fields.text('name'),
      isAsync: fields.flag('is_async'),
      isStreaming: fields.flag('is_streaming'),
      paramsSchema: fields.text('params_schema'),
      returnSchema: fields.text('return_schema'),
    }
  })
}

export function readHealth(message: SpliceMessage): SpliceHealth {
  const fields = new FieldReader(message)
  return {
    uptimeMs: fields.count('uptime_ms'),
    activeRequests: fields.count('active_requests'),
    totalRequests: fields.count('total_requests'),
  }
}
