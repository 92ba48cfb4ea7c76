// Spreads the work on a long list over turns of the event loop.

// Of the points of a chart, some 2 ms of completing fields.
const PER_TURN = 200

let line: Promise<void> = Promise.resolve()

/**
 * The items as promises, of which 200 resolve in a turn of the event loop: what graphql-js then does with each is done in as
 * many turns, and calls get theirs in between. All long lists of the process share one queue.
 */
export function inTurns<Item>(items: readonly Item[]): Promise<Item>[] {
  let turn = line
  const promised = items.map((item, at) => {
    if (at % PER_TURN === 0) turn = turn.then(nextTurn)
    return turn.then(() => item)
  })
  line = turn
  return promised
}

/**
 * Resolves once the event loop has made a full turn. An immediate alone is not enough: scheduled while input is
 * handled, it comes in the same round, before the calls that are waiting.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
