// Loaded into a server with --import: prints on SIGUSR2 the longest stall of its event loop since the last time.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  process.on('SIGUSR2', () => {
    console.log(`loop-delay-max-ms=${(delay.max / 1e6).toFixed(1)};`)
    delay.reset()
  })
}
