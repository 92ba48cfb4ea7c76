// Request and response over a channel between two threads or two processes: a request is sent under a new id, and its
// response comes back under the same one. The channel and the message format belong to the code that uses it.
//
// Owner: the code that holds the channel. Key: the id, never used twice. Bound: set by that code, by `size`. Lifetime: until the
// response, the timeout, or `rejectAll` when the other end has exited.

/** The requests of one channel, all with responses of one type. */
export type PendingRequests<Response> = {
  /**
   * Calls `send` with a new id, and resolves with the response to it. Rejects with what `reject` or `rejectAll` is given, with
   * what `send` throws, or with RequestTimeoutError after `timeoutMs` milliseconds; absent: it waits without end.
   */
  request(send: (id: number) => void, timeoutMs?: number): Promise<Response>
  /** A response has come. False where no request of this id is pending: the response is late. */
  resolve(id: number, response: Response): boolean
  /** A failure has come in place of a response. False as for `resolve`. */
  reject(id: number, error: Error): boolean
  /** The other end has exited: no response will come to what has been sent so far. */
  rejectAll(error: Error): void
  /** Requests that await a response. */
  size(): number
}

/** No response came in time; the request may still be carried out. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError'
}

type Pending<Response> = {
  resolve(response: Response): void
  reject(error: Error): void
  timer: NodeJS.Timeout | null
}

/** No request is pending yet. Ids begin with 1, so that 0 can be the id of a message without a response. */
export function createPendingRequests<Response>(): PendingRequests<Response> {
  const pending = new Map<number, Pending<Response>>()
  let lastId = 0

  /** The request of this id, which awaits nothing from here on. */
  function take(id: number): Pending<Response> | undefined {
    const found = pending.get(id)
    if (found === undefined) return undefined
    pending.delete(id)
    if (found.timer !== null) clearTimeout(found.timer)
    return found
  }

  // One function for all timers, with the id as its argument: each governed call of a worker is a request.
  function expire(id: number): void {
    take(id)?.reject(new RequestTimeoutError('no response came in time'))
  }

  return {
    request: (send, timeoutMs) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const timer = timeoutMs === undefined ? null : setTimeout(expire, timeoutMs, id)
        pending.set(id, { resolve, reject, timer })
        try {
          send(id)
        } catch (error) {
          take(id)
          throw error
        }
      }),
    resolve(id, response) {
      const found = take(id)
      found?.resolve(response)
      return found !== undefined
    },
    reject(id, error) {
      const found = take(id)
      found?.reject(error)
      return found !== undefined
    },
    rejectAll(error) {
      for (const id of [...pending.keys()]) take(id)?.reject(error)
    },
    size: () => pending.size,
  }
}
