import { expect, test } from 'vitest'
import { modesOf } from './model-choices.ts'

const priced = (...units: string[]) => ({
  price: null,
  listPrice: { base: units.map((unit) => ({ unit, usd: '1' })), tiers: [] },
})

test.for([
  [['INPUT_TOKEN', 'CACHED_INPUT_TOKEN', 'OUTPUT_TOKEN'], ['chat']],
  // gpt-4o-audio-preview
  [['INPUT_TOKEN', 'OUTPUT_TOKEN', 'INPUT_AUDIO_TOKEN', 'OUTPUT_AUDIO_TOKEN'], ['chat']],
  // gpt-image-1
  [['INPUT_TOKEN', 'INPUT_IMAGE_TOKEN', 'OUTPUT_IMAGE_TOKEN'], ['image']],
  // dall-e-3
  [['IMAGE'], ['image']],
  // tts-1
  [['CHARACTER'], ['speech']],
  // gpt-4o-mini-tts
  [['INPUT_TOKEN', 'OUTPUT_AUDIO_TOKEN'], ['speech']],
  // whisper-1
  [['SECOND'], ['transcription']],
  // gpt-4o-transcribe
  [['INPUT_TOKEN', 'INPUT_AUDIO_TOKEN', 'OUTPUT_TOKEN'], ['transcription']],
  // text-embedding-3-small
  [['INPUT_TOKEN'], []],
] as const)('what has the prices %j can %j', ([units, modes]) => {
  expect(modesOf(priced(...units) as never)).toEqual(modes)
})

test('a price of its own goes before the list price, and without any nothing is known', () => {
  const { listPrice } = priced('IMAGE')
  const { listPrice: price } = priced('OUTPUT_TOKEN')
  expect(modesOf({ price, listPrice } as never)).toEqual(['chat'])
  expect(modesOf({ price: null, listPrice: null })).toBeNull()
})
