// The present to the second, for countdowns.
import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

/** Milliseconds since the epoch; what reads it is drawn again every second. */
export function nowToTheSecond(): number {
  subscribe()
  return Date.now()
}
