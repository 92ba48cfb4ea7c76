// Bounds the memory that request bodies take while their calls are in flight: a body is read before a call is admitted, so
// that without a bound one key, even one whose limits are exhausted, could fill the memory with bodies that never end.
//
// Owner: the gateway of one process. Key: the API key's number. Bound: the keys with a large body in flight. Lifetime: that of
// the calls.

export type BodyMemoryLimits = {
  /** Of all keys together. */
  bodyBytesInFlight: number
  bodyBytesInFlightPerKey: number
}

export type BodyMemory = {
  /** For the body of one call, which has taken nothing yet. */
  lease(apiKeyId: number): BodyLease
}

export type BodyLease = {
  /** False, and nothing is taken, where there is no room for so many bytes more, or all was given back. */
  take(bytes: number): boolean
  /** Gives back some of what was taken. */
  give(bytes: number): void
  /** Gives back all that was taken, for good; to be called once. */
  release(): void
}

/** Nothing is leased yet. The limits are bytes, of one key and of all together. */
export function createBodyMemory(limits: BodyMemoryLimits): BodyMemory {
  const byKey = new Map<number, number>()
  let all = 0
  return {
    lease(apiKeyId) {
      let taken = 0
      let released = false

      function giveBack(bytes: number): void {
        const remaining = (byKey.get(apiKeyId) ?? 0) - bytes
        if (remaining > 0) byKey.set(apiKeyId, remaining)
        else byKey.delete(apiKeyId)
        all -= bytes
        taken -= bytes
      }

      return {
        take(bytes) {
          // The end of a call does not stop what reads or decodes its body.
          if (released) return false
          const ofKey = (byKey.get(apiKeyId) ?? 0) + bytes
          if (ofKey > limits.bodyBytesInFlightPerKey || all + bytes > limits.bodyBytesInFlight) return false
          byKey.set(apiKeyId, ofKey)
          all += bytes
          taken += bytes
          return true
        },
        give(bytes) {
          // Released already, by the end of the call.
          if (!released) giveBack(Math.min(bytes, taken))
        },
        release() {
          giveBack(taken)
          released = true
        },
      }
    },
  }
}
