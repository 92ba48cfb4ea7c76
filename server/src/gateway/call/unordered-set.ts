// A collection for what comes and goes with every call, where nobody asks for an order.
//
// A Set would do but for its tables: one that fills up with what has left is replaced, and V8 lets the old table point to the
// new. Once an old one has grown old enough to survive the collector's quick rounds, so does everything that it still names,
// and whatever that names, table after table: every call of a busy gateway would become old before it is let go of.

/** What can be in one bag at a time. */
export type UnorderedSetMember = {
  /** Where it is, for the bag alone; -1: nowhere. */
  place: number
}

export class UnorderedSet<Member extends UnorderedSetMember> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** Does nothing for what is in it already. */
  add(member: Member): void {
    if (member.place !== -1) return
    member.place = this.#members.length
    this.#members.push(member)
  }

  /** False where it was not there. */
  delete(member: Member): boolean {
    const { place } = member
    if (this.#members[place] !== member) return false
    const last = this.#members.pop()
    if (last !== undefined && last !== member) {
      this.#members[place] = last
      last.place = place
    }
    member.place = -1
    return true
  }

  /** Those that are there now; a copy, so that they may leave meanwhile. */
  members(): Member[] {
    return [...this.#members]
  }
}
