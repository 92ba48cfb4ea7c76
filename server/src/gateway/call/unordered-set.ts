// An unordered set for members that are added and removed with every call.
//
// A Set would do but for its hash tables: one that is full of removed entries is replaced, and in V8 the old table points to the
// new one. Once an old table has survived the young generation's collections, so does everything that it references, and what
// that references, table after table: every call of a busy gateway would reach the old generation before it is collected.

/** A member of at most one set at a time. */
export type UnorderedSetMember = {
  /** Its index in the set, which alone writes it; -1: in none. */
  place: number
}

export class UnorderedSet<Member extends UnorderedSetMember> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** Does nothing for a member. */
  add(member: Member): void {
    if (member.place !== -1) return
    member.place = this.#members.length
    this.#members.push(member)
  }

  /** False where it was no member. */
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

  /** The members now; a copy, so that they may be removed while it is iterated. */
  members(): Member[] {
    return [...this.#members]
  }
}
