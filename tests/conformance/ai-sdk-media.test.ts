// Embeddings, images, sounds and the older completions with Vercel's AI SDK.
import { embed, embedMany, generateImage, generateSpeech, generateText, streamText, transcribe } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compatible, openAi } from '../support/clients/ai-sdk-providers.ts'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'

let pair: Pair

beforeAll(async () => {
  // Of settings that the older completions do not have.
  globalThis.AI_SDK_LOG_WARNINGS = false
  pair = await startPair()
})
afterAll(() => pair.close())

const prompt = 'Grüß dich 👋'

describe.each([
  ['@ai-sdk/openai', openAi],
  ['@ai-sdk/openai-compatible', compatible],
] as const)('%s', (_name, provider) => {
  test('embed and embedMany', async () => {
    const [one, many] = await pair.same(async (side) => {
      const model = provider(side).embeddingModel('embed-1')
      const { embedding, usage } = await embed({ model, value: prompt })
      const { embeddings, usage: sum } = await embedMany({ model, values: ['a', 'b', 'c'] })
      return [
        { embedding, usage },
        { embeddings, sum },
      ] as const
    })
    expect(one.usage.tokens).toBeGreaterThan(0)
    expect(many.embeddings).toHaveLength(3)
  })

  test('generateImage, and from another image', async () => {
    const images = await pair.same(async (side) => {
      const model = provider(side).imageModel('gpt-image-1')
      const made = await generateImage({ model, prompt: 'A bird', size: '1024x1024' })
      const edited = await generateImage({
        model,
        prompt: { text: 'Bluer', images: [made.image.uint8Array] },
      })
      return [made, edited].map(({ image, usage, warnings }) => ({
        bytes: image.uint8Array,
        usage,
        warnings,
      }))
    })
    expect(images[0]?.bytes.subarray(1, 4)).toEqual(new Uint8Array(Buffer.from('PNG')))
    expect(images[1]?.bytes).not.toEqual(images[0]?.bytes)
  })
})

test('the older completions', async () => {
  for (const modelOf of [
    (side: Side) => openAi(side).completion('m1'),
    (side: Side) => compatible(side).completionModel('m1'),
  ]) {
    const text = await pair.same(async (side) => {
      const whole = await generateText({ model: modelOf(side), prompt })
      const streamed = streamText({ model: modelOf(side), prompt })
      return [whole.text, whole.usage, await streamed.text, await streamed.usage]
    })
    expect(text[0]).toContain(prompt)
    expect(text[2]).toBe(text[0])
  }
})

test('generateSpeech and transcribe', async () => {
  const [bytes, text] = await pair.same(async (side) => {
    const { audio } = await generateSpeech({
      model: openAi(side).speech('tts-1'),
      text: prompt,
      voice: 'alloy',
    })
    const whisper = await transcribe({
      model: openAi(side).transcription('whisper-1'),
      audio: audio.uint8Array,
    })
    const tokens = await transcribe({
      model: openAi(side).transcription('gpt-4o-transcribe'),
      audio: audio.uint8Array,
    })
    return [audio.uint8Array, whisper.text, whisper.segments, whisper.durationInSeconds, tokens.text] as const
  })
  expect(bytes).toHaveLength(16_384)
  expect(text).toContain('heard 16384 bytes')
})
