// Header names in lower case, each computed once: peers send few, and repeat them.

const NAMES_MAX = 500
const NAME_MAX_CHARS = 64

/**
 * Caches `read`, which validates a header's name as it was sent and returns it in lower case, or null where it is not accepted.
 * Owner: the module that made it. Bound: NAMES_MAX accepted names of NAME_MAX_CHARS characters. Lifetime: the process's.
 */
export function rememberNames(read: (sent: string) => string | null): (sent: string) => string | null {
  const known = new Map<string, string>()
  return (sent) => {
    const before = known.get(sent)
    if (before !== undefined) return before
    const name = read(sent)
    if (name !== null && known.size < NAMES_MAX && name.length <= NAME_MAX_CHARS) known.set(sent, name)
    return name
  }
}
