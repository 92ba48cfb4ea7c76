// Sends server-sent events with backpressure, through buffering proxies, until the reader disconnects.
import type { ServerResponse } from 'node:http'

/** Sends a stream of events. Resolves when it has ended, or when the reader has disconnected, which cancels its source. */
export async function sendStream(
  response: ServerResponse,
  status: number,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  const reader = body.getReader()
  // Without effect on a source that has ended already.
  const stop = () => void reader.cancel().catch(() => undefined)
  if (response.destroyed) return stop()
  response.once('close', stop)
  response.writeHead(status, {
    'content-type': 'text/event-stream',
    // nginx would hold events back until a buffer is full (ngx_http_proxy_module, proxy_buffering).
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (!response.write(value)) await roomOrEnd(response)
  }
  response.off('close', stop)
  response.end()
}

function roomOrEnd(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.on('drain', settle)
    response.on('close', settle)
  })
}
