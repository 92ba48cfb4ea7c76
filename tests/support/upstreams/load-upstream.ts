// An upstream that responds as requested, with JSON or a stream, after random pauses.
import { setTimeout as after } from 'node:timers/promises'
import { COMPLETION, chatChunks, event, startEvents } from './chat-responses.ts'
import { json, startUpstream, type TestUpstream } from './upstream.ts'

/** Starts on a free port; `pauseMs` says how long it waits before each response and each chunk. */
export function startLoadUpstream(pauseMs: () => number): Promise<TestUpstream> {
  return startUpstream(async (asked, response) => {
    const { stream } = asked.json as { stream?: boolean }
    await after(pauseMs())
    // The same id for all of them: only the gateway's id distinguishes calls.
    const headers = { 'x-request-id': 'req_of_the_upstream' }
    if (stream !== true) return json(response, 200, COMPLETION, headers)
    startEvents(response, headers)
    for (const chunk of [...chatChunks(true), '[DONE]']) {
      if (response.destroyed) return
      response.write(event(chunk))
      await after(pauseMs())
    }
    response.end()
  })
}
