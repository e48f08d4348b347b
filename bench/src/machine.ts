// Where it ran: figures of two machines do not compare.
import { availableParallelism, cpus } from 'node:os'

export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly at: string
}

export function machine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    at: new Date().toISOString(),
  }
}
