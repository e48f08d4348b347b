// The deadlines of a connection, as one alarm set for the earliest of them. All alarms of a clock share
// one timer, so an idle connection has none of its own.
import type { Clock, Timer } from '../clock.js'

/** Milliseconds a deadline may be late, so that deadlines close together share one wake-up. */
const GRAIN_MS = 5
/** A timer may fire so much before its time, which the grain outweighs. */
const EARLY_MS = 1
const NEVER = Number.POSITIVE_INFINITY

export interface Sleeper {
  /**
   * Deals with all that is due at `now` and returns the moment of the next deadline, or Infinity.
   * `late`: milliseconds that the alarm rang after its time. Much, when this process stood still.
   */
  ring(now: number, late: number): number
}

export class Alarm {
  /**
   * The moment at which it rings, while it is set. The bell's to change. Whole milliseconds: with the
   * others beside it, a fraction takes 16 bytes of its own.
   */
  due: number | undefined
  /** Its place among the alarms of its bell; -1 when it is not set. */
  place = -1
  readonly #bell: Bell
  readonly #sleeper: Sleeper
  #stopped = false

  constructor(clock: Clock, sleeper: Sleeper) {
    this.#bell = bellOf(clock)
    this.#sleeper = sleeper
  }

  /** Makes sure that the alarm rings soon after `at`. */
  by(at: number): void {
    if (at === NEVER || this.#stopped) return
    const due = Math.ceil(at + GRAIN_MS)
    if (this.due === undefined || due < this.due) this.#bell.set(this, due)
  }

  /** Rings no more, whatever is asked of it later. */
  stop(): void {
    this.#stopped = true
    this.#bell.remove(this)
  }

  /** It is time. */
  ring(now: number): void {
    const late = now - (this.due ?? now)
    this.due = undefined
    // Never in the past: it must not ring twice in one go.
    this.by(Math.max(now, this.#sleeper.ring(now, late)))
  }
}

/** Of an alarm among the others: it is set. */
function dueOf(alarm: Alarm): number {
  return alarm.due ?? NEVER
}

const bells = new WeakMap<Clock, Bell>()

function bellOf(clock: Clock): Bell {
  let bell = bells.get(clock)
  if (bell === undefined) {
    bell = new Bell(clock)
    bells.set(clock, bell)
  }
  return bell
}

/** The timer of all alarms of one clock, which are kept as a binary heap: the earliest is the first. */
class Bell {
  readonly #clock: Clock
  readonly #alarms: Alarm[] = []
  #timer: Timer | undefined
  #timerDue = NEVER

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Sets an alarm, or sets it to an earlier moment. */
  set(alarm: Alarm, due: number): void {
    alarm.due = due
    if (alarm.place < 0) {
      alarm.place = this.#alarms.length
      this.#alarms.push(alarm)
    }
    this.#rise(alarm)
    this.#arm()
  }

  remove(alarm: Alarm): void {
    const { place } = alarm
    if (place < 0) return
    alarm.place = -1
    alarm.due = undefined
    const last = this.#alarms.pop() as Alarm
    if (last !== alarm) {
      this.#put(last, place)
      this.#rise(last)
      this.#sink(last)
    }
    // Otherwise the timer stays: at worst it finds nothing due, and is set anew.
    if (this.#alarms.length === 0) this.#disarm()
  }

  #ring(): void {
    this.#timer = undefined
    this.#timerDue = NEVER
    const now = this.#clock.now()
    try {
      for (;;) {
        const first = this.#alarms[0]
        if (first === undefined) return
        const due = dueOf(first)
        if (due > now + EARLY_MS) return
        this.remove(first)
        first.due = due
        first.ring(now)
      }
    } finally {
      // Also when one of them has thrown: the others must ring.
      this.#arm()
    }
  }

  #arm(): void {
    const due = this.#alarms[0]?.due ?? NEVER
    if (due >= this.#timerDue) return
    this.#disarm()
    this.#timerDue = due
    this.#timer = this.#clock.after(due - this.#clock.now(), () => this.#ring())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerDue = NEVER
  }

  #put(alarm: Alarm, place: number): void {
    this.#alarms[place] = alarm
    alarm.place = place
  }

  /** Towards the front, past all that are later. */
  #rise(alarm: Alarm): void {
    let { place } = alarm
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#alarms[above] as Alarm
      if (dueOf(other) <= dueOf(alarm)) break
      this.#put(other, place)
      place = above
    }
    this.#put(alarm, place)
  }

  /** Towards the back, past all that are earlier. */
  #sink(alarm: Alarm): void {
    const { length } = this.#alarms
    let { place } = alarm
    for (;;) {
      let below = 2 * place + 1
      if (below >= length) break
      const right = this.#alarms[below + 1]
      if (right !== undefined && dueOf(right) < dueOf(this.#alarms[below] as Alarm)) below++
      const other = this.#alarms[below] as Alarm
      if (dueOf(other) >= dueOf(alarm)) break
      this.#put(other, place)
      place = below
    }
    this.#put(alarm, place)
  }
}
