// Keeps an answer while it passes, in case its upstream tells no usage at its end. In memory alone, and let go with the call.

export type AnswerKeeper = {
  add(chunk: Buffer): void
  /** The answer so far; null where it has grown beyond what is kept. */
  text(): string | null
}

// An answer of a million characters is longer than any model writes at once.
const KEPT_MAX_BYTES = 4 * 1024 * 1024

/** Keeps references to the chunks, not copies. */
export function createAnswerKeeper(maxBytes = KEPT_MAX_BYTES): AnswerKeeper {
  let chunks: Buffer[] = []
  let bytes = 0
  return {
    add(chunk) {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else chunks = []
    },
    text: () => (bytes <= maxBytes ? Buffer.concat(chunks).toString('utf8') : null),
  }
}
