import { expect, test } from 'vitest'
import { eventData } from './event-stream.ts'

function streamOf(chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      controller.close()
    },
  })
}

const read = async (...chunks: string[]) => Array.fromAsync(eventData(streamOf(chunks)))

test('reads events in whatever chunks they come, and whatever ends their lines', async () => {
  expect(await read('data: a\n\ndata: b\n\n')).toEqual(['a', 'b'])
  expect(await read('da', 'ta: a', '\n', '\nda', 'ta:b\n\n')).toEqual(['a', 'b'])
  expect(await read('data: a\r\n\r\nevent: x\r\ndata: b\r\n\r\n')).toEqual(['a', 'b'])
  expect(await read('data: a\ndata: b\n\n')).toEqual(['a\nb'])
})

test('leaves out comments, and reads the last event without its end', async () => {
  expect(await read(': ping\n\ndata: a')).toEqual(['a'])
  expect(await read('')).toEqual([])
})

test('reads characters of several bytes that come in two chunks', async () => {
  const bytes = new TextEncoder().encode('data: 你好\n\n')
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.slice(0, 8))
      controller.enqueue(bytes.slice(8))
      controller.close()
    },
  })
  expect(await Array.fromAsync(eventData(body))).toEqual(['你好'])
})

test('ends the stream when its reader stops', async () => {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: a\n\n')),
    cancel: () => {
      cancelled = true
    },
  })
  for await (const data of eventData(body)) {
    expect(data).toBe('a')
    break
  }
  expect(cancelled).toBe(true)
})
