// Runs work on one thing after the other, and on different things at once, so that many who ask for the same wait here and hold no
// connection of the database meanwhile.
//
// Owner: this module. Key: what its user names. Bound and lifetime: one entry while there is work on it.
const lines = new Map<string, Promise<unknown>>()

/** The result of `work`, which begins when all earlier work of this name has ended, however that was. */
export async function inTurn<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  const before = lines.get(name) ?? Promise.resolve()
  const done = before.then(work, work)
  lines.set(name, done)
  try {
    return await done
  } finally {
    if (lines.get(name) === done) lines.delete(name)
  }
}
