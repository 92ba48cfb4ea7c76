// The same upstream as upstream.c, in Node, for machines without a C compiler; slower, so that a fast gateway may wait for it.
import { createServer, type ServerResponse } from 'node:http'

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const USAGE = { prompt_tokens: 211, completion_tokens: 83, total_tokens: 294 }
const CONTENT = 'Twelve words of a response are here, again and again and again. '.repeat(8)
const RESPONSE = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'bench-json',
  choices: [
    { index: 0, message: { role: 'assistant', content: CONTENT, refusal: null }, finish_reason: 'stop' },
  ],
  usage: USAGE,
})
const HEAD = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'bench-stream',
}
const CHUNK_CHOICES = [{ index: 0, delta: { content: ' word' }, finish_reason: null }]
const END = `${event({ ...HEAD, choices: [], usage: USAGE })}data: [DONE]\n\n`

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    const stream = /"sse-(\d+)-(\d+)"/.exec(body)
    if (stream !== null) return sendStream(response, Number(stream[1]), Number(stream[2]))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': RESPONSE.length })
    response.end(RESPONSE)
  })
})
server.keepAliveTimeout = 600_000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' && address !== null ? address.port : 0)
})

/** An event that says in its id when it was made, as in upstream.c. */
function chunk(): string {
  const instant = String(process.hrtime.bigint()).padStart(19, '0')
  return event({ ...HEAD, id: `chatcmpl-${instant}`, choices: CHUNK_CHOICES })
}

/** `count` chunks, each written by itself, `perSecond` of them a second; 0: as fast as they are taken. */
function sendStream(response: ServerResponse, count: number, perSecond: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  const fromMs = performance.now()
  let written = 0
  const write = () => {
    const due =
      perSecond === 0 ? count : Math.min(count, 1 + ((performance.now() - fromMs) * perSecond) / 1_000)
    while (written < due) {
      written++
      if (!response.write(chunk())) return response.once('drain', write)
    }
    if (written >= count) return response.end(END)
    setTimeout(write, Math.max(1, fromMs + (written * 1_000) / perSecond - performance.now()))
  }
  write()
}
