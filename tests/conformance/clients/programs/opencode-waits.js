// A plugin of opencode (https://opencode.ai/docs/plugins) that ends its waits before a retry, which add up to more than a minute.
// Whether it retries, how often and how long it means to wait stay its own; each wait is printed as a line of JSON.
const setRealTimeout = globalThis.setTimeout
const pending = new Map()

globalThis.setTimeout = Object.assign((run, ms, ...args) => {
  const timer = setRealTimeout(() => {
    pending.delete(timer)
    run(...args)
  }, ms)
  pending.set(timer, { ms, dueMs: Date.now() + ms, run: () => run(...args) })
  return timer
}, setRealTimeout)

export const Waits = async () => ({
  async event({ event: { type, properties } }) {
    if (type === 'session.status' && properties.status.type === 'retry') endWait(properties.status)
  },
})

/** Opencode says until when it waits a moment before it sets the timer, which is due at that time or a little later. */
function endWait(status) {
  const { attempt, message, next } = status
  const [wait] = [...pending]
    .filter(([, { dueMs }]) => dueMs >= next && dueMs < next + 1_000)
    .toSorted(([, a], [, b]) => a.dueMs - b.dueMs)
  if (wait === undefined) {
    if (Date.now() < next) setRealTimeout(endWait, 20, status)
    return
  }
  const [timer, { ms, run }] = wait
  console.log(JSON.stringify({ type: 'retry', attempt, message, waitMs: ms }))
  clearTimeout(timer)
  pending.delete(timer)
  run()
}
