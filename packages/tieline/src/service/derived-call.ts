// A call with some of it changed, for layers that hand another call on than they were given.
// Everything else is asked of the original when it is asked for, so that lazy stays lazy.
import type { Call, Caller } from '../peer/call.js'

/** The original call with these params. A layer that changes more extends this class. */
export class DerivedCall implements Call {
  readonly method: string
  readonly kind: Call['kind']
  readonly params: unknown
  protected readonly original: Call

  constructor(original: Call, params: unknown) {
    this.method = original.method
    this.kind = original.kind
    this.params = params
    this.original = original
  }

  get meta(): Call['meta'] {
    return this.original.meta
  }

  get signal(): AbortSignal {
    return this.original.signal
  }

  get draining(): AbortSignal {
    return this.original.draining
  }

  get items(): AsyncIterable<unknown> {
    return this.original.items
  }

  get peer(): Caller {
    return this.original.peer
  }

  remaining(): number {
    return this.original.remaining()
  }
}
