// The present, for every text on screen that is relative to it.
import { createSubscriber } from 'svelte/reactivity'

const everyMs = 20_000

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, everyMs)
  return () => clearInterval(timer)
})

/** Milliseconds since the epoch; what reads it is drawn again every twenty seconds. */
export function now(): number {
  subscribe()
  return Date.now()
}
