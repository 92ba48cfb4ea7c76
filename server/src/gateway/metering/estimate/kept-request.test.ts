import { expect, test } from 'vitest'
import { keptBytes } from './kept-body.ts'
import { keptRequest } from './kept-request.ts'
import { promptSample } from './text-sample.ts'

const chat = (content: unknown) =>
  Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }))

test('a request is kept whole, without copying a small one', () => {
  const small = chat('Hello')
  expect(keptRequest(small).whole).toBe(small)
  const larger = chat('Hello '.repeat(10_000))
  expect(promptSample(keptRequest(larger))).toEqual({ text: 'Hello '.repeat(10_000), factor: 1 })
})

test.each([
  [
    'an image',
    { type: 'image_url', image_url: { url: `data:image/png;base64,${'iVBORw0K'.repeat(200_000)}` } },
  ],
  ['a recording', { type: 'input_audio', input_audio: { data: 'UklGRiSA'.repeat(200_000), format: 'wav' } }],
])('of a request with %s the text is kept, as if it were the whole', (_, media) => {
  const body = chat([{ type: 'text', text: 'What is this?' }, media, { type: 'text', text: 'Be brief.' }])
  const kept = keptRequest(body)
  expect(keptBytes(kept)).toBeLessThan(1_000)
  expect(promptSample(kept)).toEqual({ text: 'What is this?\n\nBe brief.', factor: 1 })
})

test('words about base64 are text', () => {
  const text = `In a URL, ;base64, stands before "data": ${'and so on '.repeat(2_000)}`
  expect(promptSample(keptRequest(chat(text))).text).toBe(text)
})

test('of a long text windows are kept that are spread over it, and it stands for the whole', () => {
  const words = Array.from({ length: 400_000 }, (_, index) => `w${index}`).join(' ')
  const body = chat(words)
  const kept = keptRequest(body)
  expect(keptBytes(kept)).toBeLessThan(128 * 1024)
  const { text, factor } = promptSample(kept)
  expect(Math.abs(factor * text.length - body.length)).toBeLessThan(0.01 * body.length)
  const seen = [...text.matchAll(/ w(\d+) /g)].map(([, word]) => Number(word))
  for (let tenth = 0; tenth < 10; tenth++)
    expect(seen.some((word) => Math.floor(word / 40_000) === tenth)).toBe(true)
})

test('in a long text of escaped characters each counts once', () => {
  const escaped = '\\u4eba\\u5de5'.repeat(50_000)
  const { text, factor } = promptSample(keptRequest(Buffer.from(`{"prompt":"${escaped}"}`)))
  expect(Math.abs(text.length * factor - 100_000)).toBeLessThan(2_000)
})
