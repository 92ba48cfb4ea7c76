// Searches a response of JSON for what its upstream was sent in secret: one that repeats its request would give that away.

const NO_BYTES = Buffer.alloc(0)
// Of each response; whatever repeats a request does so near its beginning.
const SEARCHED_MAX_BYTES = 1024 * 1024
// A shorter one is a stand-in for upstreams that ask for none, as `EMPTY`, which may be in any text.
const SECRET_MIN_CHARS = 16
const ASTERISK = 0x2a

/** Masks secrets by as many asterisks, so that the length of the response stays. A base class: meters allocate nothing for it. */
export class SecretSearch {
  readonly #secrets: readonly Buffer[]
  #searched = 0
  // The end of what has come, where it may be the beginning of a secret.
  #held: Buffer = NO_BYTES

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.length === 0 ? NONE : needlesOf(secrets)
  }

  /** What goes on of a chunk, with what was held of those before it. */
  protected search(chunk: Buffer): Buffer {
    const secrets = this.#secrets
    if (secrets.length === 0) return chunk
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = NO_BYTES
    if (this.#searched > SEARCHED_MAX_BYTES) return bytes
    this.#searched += chunk.length
    let clean = bytes
    for (const secret of secrets) if (clean.includes(secret)) clean = masked(clean, secret)
    const split = splitBytes(clean, secrets)
    if (split === 0) return clean
    this.#held = clean.subarray(clean.length - split)
    return clean.subarray(0, clean.length - split)
  }

  /** What is still held at the end: no secret. */
  protected remainder(): Buffer {
    const held = this.#held
    this.#held = NO_BYTES
    return held
  }
}

const NONE: readonly Buffer[] = []

// A cache, since a search for bytes takes half the time of one for a string. Owner: this module. Key: the list of an upstream's
// secrets, which never changes. Bound and lifetime: those of the lists.
const needles = new WeakMap<readonly string[], readonly Buffer[]>()

function needlesOf(secrets: readonly string[]): readonly Buffer[] {
  let all = needles.get(secrets)
  if (all === undefined) {
    all = secrets.filter((secret) => secret.length >= SECRET_MIN_CHARS).map((secret) => Buffer.from(secret))
    needles.set(secrets, all)
  }
  return all
}

function masked(bytes: Buffer, secret: Buffer): Buffer {
  const clean = Buffer.from(bytes)
  for (let at = clean.indexOf(secret); at !== -1; at = clean.indexOf(secret, at)) {
    clean.fill(ASTERISK, at, at + secret.length)
    at += secret.length
  }
  return clean
}

/** The most bytes at the end that a secret begins with. */
function splitBytes(bytes: Buffer, secrets: readonly Buffer[]): number {
  const last = bytes[bytes.length - 1] ?? 0
  let most = 0
  for (const secret of secrets) {
    // Nearly every chunk ends with a bracket or a line end, which are in no secret.
    if (!secret.includes(last)) continue
    for (let length = Math.min(secret.length - 1, bytes.length); length > most; length--)
      if (secret.compare(bytes, bytes.length - length, bytes.length, 0, length) === 0) most = length
  }
  return most
}
