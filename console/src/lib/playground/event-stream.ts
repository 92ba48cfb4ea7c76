// Reads server-sent events as chat completions stream them.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

// One event is a few words; this bounds what a server that never ends a line takes of the browser's memory.
const eventChars = 8 * 1024 * 1024

/** The `data` of each event, as it arrives. Throws where one has more than 8 Mi characters, and as the body does. */
export async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += value === undefined ? decoder.decode() : decoder.decode(value, { stream: true })
      if (rest.length > eventChars) throw new Error('An event of the stream is too large.')
      // A carriage return at the end may be the first half of a line's end.
      const whole = done ? rest : rest.slice(0, lastEventEnd(rest))
      rest = rest.slice(whole.length)
      for (const event of whole.split(/\r\n\r\n|\n\n|\r\r/)) {
        const data = dataOf(event)
        if (data !== null) yield data
      }
      if (done) return
    }
  } finally {
    // Whoever stops reading ends the call.
    await reader.cancel().catch(() => undefined)
  }
}

function lastEventEnd(text: string): number {
  return Math.max(
    ...['\r\n\r\n', '\n\n', '\r\r'].map((end) =>
      text.includes(end) ? text.lastIndexOf(end) + end.length : 0,
    ),
  )
}

function dataOf(event: string): string | null {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? null : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')
}
