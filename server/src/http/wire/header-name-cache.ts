// Names of headers in small letters, each worked out once: peers send few, and again and again.

const NAMES_MAX = 500
const NAME_MAX_CHARS = 64

/**
 * `read`, which judges a header's name as it was sent and answers it in small letters, or null where it is not taken. What it
 * took is remembered for as long as the process lives, up to NAMES_MAX names of NAME_MAX_CHARS characters.
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
