// Plain objects with room for what they will hold: one made as `{}` has room for four properties, and
// moves what comes after into memory of its own, which grows in steps.

const ROOM_OF_EMPTY = 4

type Letters = Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h', unknown> &
  Record<'i' | 'j' | 'k' | 'l' | 'm' | 'n' | 'o' | 'p', unknown>

/** An engine makes as much room as a constructor seems to fill. This one never does. */
function Roomy(this: Letters, filled: boolean): void {
  if (!filled) return
  this.a = this.b = this.c = this.d = this.e = this.f = this.g = this.h = 0
  this.i = this.j = this.k = this.l = this.m = this.n = this.o = this.p = 0
}
// In all that can be seen of them, its objects are made as `{}`.
Roomy.prototype = Object.prototype
const RoomyObject = Roomy as unknown as new (filled: boolean) => Record<string, unknown>

/** An empty plain object that will get so many properties. */
export function objectFor(properties: number): Record<string, unknown> {
  return properties > ROOM_OF_EMPTY ? new RoomyObject(false) : {}
}
