import { expect, test } from 'vitest'
import { NO_MEDIA } from '../../domain/pricing/media-tokens.ts'
import { mediaIn } from './media-in-body.ts'

const url = 'https://example.com/{a}'

test.for<[string, Partial<typeof NO_MEDIA> | null]>([
  ['{"messages":[{"role":"user","content":"hello"}]}', null],
  ['', null],
  ['{"image_url"', null],
  ['{"image_url":', { images: 1 }],
  // Within a text, quotes are escaped.
  [JSON.stringify({ content: '{"image_url":"x","file":{},"type":"input_image"}' }), null],
  ['{"enum":["image_url","audio_url","video_url","file"]}', null],
  [JSON.stringify({ image_url: { url: 'x' } }, null, 2), { images: 1 }],
  ['{"image_url"\n:\t{"url":"x" , "detail" : "low" } }', { images: 1, lowImages: 1 }],
  [JSON.stringify({ image_url: 'x', detail: 'low' }), { images: 1, lowImages: 1 }],
  [JSON.stringify({ image_url: url, detail: 'low' }), { images: 1 }],
  [JSON.stringify({ image_url: { url: 'x', detail: 'LOW' } }), { images: 1 }],
  [JSON.stringify({ image_url: { url: 'x' }, detail: 'low' }), { images: 1 }],
  [JSON.stringify({ image_url: 'x', detail: 'low', a: '}', b: 1 }), { images: 1 }],
  ['{"image_url":"x","detail":"low","a":"}","detail":"high"}', { images: 1 }],
  ['{"image_url":{"url":"x\\",\\"detail\\":\\"low"}}', { images: 1 }],
  ['{"a":"im\\\\u0061ge_url"}', null],
  ['{"im\\u0061ge_url":{}}', { images: 1 }],
  ['{"image\\u005Furl":"\\u0060\\u007f\\u00e9\\u004a"}', { images: 1 }],
  ['[{"type":"input_image"},{"type":"input_image","image_url":"x"}]', { images: 2 }],
  ['{"file":"x","file":{"file_id":"y"},"type":"input_file"}', { files: 2 }],
  ['{"audio_url":1,"video_url":{}}', { recordings: 1, films: 1 }],
])('%s names %j', async ([body, expected]) => {
  expect(await mediaIn(Buffer.from(body))).toEqual(expected === null ? null : { ...NO_MEDIA, ...expected })
})

test('a name across the edge of two parts of a body is counted once', async () => {
  for (let before = 1024 * 1024 - 20; before <= 1024 * 1024 + 2; before++) {
    const body = Buffer.from(`${'x'.repeat(before)}"image_url":{"url":"x","detail":"low"}`)
    expect([before, await mediaIn(body)]).toEqual([before, { ...NO_MEDIA, images: 1, lowImages: 1 }])
  }
})

test('however many there are, no more are counted than a budget could pay for, and no byte is searched often', async () => {
  // Without a brace, each would be searched for its detail to the end of the body.
  const found = await mediaIn(Buffer.from('"image_url":"x",'.repeat(200_000)))
  expect(found?.images).toBe(10_000)
  const some = await mediaIn(Buffer.from(`${'"image_url":{"detail":"low"},'.repeat(5_000)}`))
  expect(some).toMatchObject({ images: 5_000 })
})
