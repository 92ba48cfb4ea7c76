// The secrets with which this page calls as a key: in memory alone, one a key, and made when they are needed.
import { latchkey } from '#lib/latchkey.ts'

// A call that begins just before the end must not be refused for it.
const leastLeftMs = 30_000

export class PlaygroundSecrets {
  readonly #made = new Map<string, { secret: string; untilMs: number }>()

  /** Rejects as the SDK does, such as with a UserInputError where the key is not active. */
  async of(keyId: string, signal: AbortSignal): Promise<{ secret: string; isNew: boolean }> {
    const known = this.#made.get(keyId)
    if (known && known.untilMs - Date.now() > leastLeftMs) return { secret: known.secret, isNew: false }
    const { secret, expiresAt } = await latchkey.keys.createPlaygroundSecret(keyId, { signal })
    this.#made.set(keyId, { secret, untilMs: Date.parse(expiresAt) })
    return { secret, isNew: true }
  }

  /** The server does not know it any more, as after a restart. */
  forget(keyId: string): void {
    this.#made.delete(keyId)
  }
}
