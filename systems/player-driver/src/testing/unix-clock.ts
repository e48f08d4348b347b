// The toolkit's clock that is turned by hand, with Unix time running beside it.
import { FakeClock } from 'tieline/testing'

export class UnixClock extends FakeClock {
  /** Unix milliseconds at the clock's start. */
  readonly startUnixMs = 1_700_000_000_000

  readonly unixNow = (): number => this.startUnixMs + this.now()
}
