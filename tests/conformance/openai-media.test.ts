// Images, speech and transcriptions with OpenAI's SDK, and by the curl command of a request log: bodies of bytes in both directions.
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toFile } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callAsCurl } from '../../console/src/lib/logs/record/call-as-curl.ts'
import { leastRequest } from '../../console/src/lib/logs/record/least-requests.ts'
import { ENDPOINTS } from '../../server/src/domain/endpoints/endpoints.ts'
import { type Pair, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const sound = () =>
  toFile(Buffer.from([82, 73, 70, 70, 13, 10, 45, 45, 0, 255]), 'ünïcode “a”.wav', { type: 'audio/wav' })
const picture = (name: string, bytes = 10) => toFile(Buffer.alloc(bytes, name), name, { type: 'image/png' })

test('images.generate: pictures, with usage', async () => {
  const images = await pair.same((side) =>
    openAi(side).images.generate({
      model: 'image-1',
      prompt: 'Ein Vögelchen',
      n: 2,
      size: '1024x1024',
      quality: 'high',
    }),
  )
  expect(images.data).toHaveLength(2)
  expect(images.data?.[0]?.b64_json).toMatch(/^iVBORw0KGg/)
})

test('images.generate: a stream of unfinished pictures and the whole one', async () => {
  const events = await pair.same(async (side) =>
    Array.fromAsync(
      await openAi(side).images.generate({ model: 'image-1', prompt: 'x', stream: true, partial_images: 2 }),
    ),
  )
  expect(events.map(({ type }) => type)).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ])
})

test('images.edit: several pictures and a mask', async () => {
  const edited = await pair.same(async (side) =>
    openAi(side).images.edit({
      model: 'image-1',
      image: [await picture('a.png'), await picture('b.png', 300_000)],
      mask: await picture('mask.png'),
      prompt: 'Swap them\r\n--not a boundary',
      background: 'transparent',
      n: 1,
    }),
  )
  expect(edited.data).toHaveLength(1)
})

test('images.edit: streamed', async () => {
  const events = await pair.same(async (side) =>
    Array.fromAsync(
      await openAi(side).images.edit({
        model: 'image-1',
        image: await picture('a.png'),
        prompt: 'x',
        stream: true,
        partial_images: 1,
      }),
    ),
  )
  expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image', 'image_edit.completed'])
})

test('images.createVariation', async () => {
  const images = await pair.same(async (side) =>
    openAi(side).images.createVariation({ image: await picture('a') }),
  )
  expect(images.data?.[0]?.url).toBe('https://images.example/a.png')
})

test.for(['mp3', 'wav', 'pcm'] as const)(
  'audio.speech as %s: the bytes, as they come',
  async (response_format) => {
    const [type, bytes] = await pair.same(async (side) => {
      const speech = await openAi(side).audio.speech.create({
        model: 'tts-1',
        voice: 'alloy',
        input: 'Grüezi',
        response_format,
        instructions: 'Slowly.',
      })
      return [speech.headers.get('content-type'), new Uint8Array(await speech.arrayBuffer())] as const
    })
    expect(type).toBe(response_format === 'mp3' ? 'audio/mpeg' : `audio/${response_format}`)
    expect(bytes).toHaveLength(16_384)
  },
)

test('audio.speech as events', async () => {
  const text = await pair.same(async (side) => {
    const speech = await openAi(side).audio.speech.create({
      model: 'tts-1',
      voice: 'alloy',
      input: 'x',
      stream_format: 'sse',
    })
    return speech.text()
  })
  expect(text).toContain('event: speech.audio.done\n')
})

test.for(['json', 'text', 'srt', 'vtt', 'verbose_json'] as const)(
  'audio.transcriptions as %s',
  async (response_format) => {
    const response = await pair.same(async (side) =>
      openAi(side).audio.transcriptions.create({
        file: await sound(),
        model: 'whisper-1',
        language: 'de',
        temperature: 0,
        timestamp_granularities: ['word', 'segment'],
        response_format,
      }),
    )
    expect(JSON.stringify(response)).toContain('heard 10 bytes')
  },
)

test('audio.transcriptions: a stream', async () => {
  const events = await pair.same(async (side) =>
    Array.fromAsync(
      await openAi(side).audio.transcriptions.create({
        file: await sound(),
        model: 'transcribe-1',
        stream: true,
      }),
    ),
  )
  expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', usage: { total_tokens: 59 } })
})

test('audio.translations', async () => {
  const { text } = await pair.same(async (side) =>
    openAi(side).audio.translations.create({ file: await sound(), model: 'whisper-1' }),
  )
  expect(text).toContain('In English: heard 10 bytes')
})

// The least that the console writes of a call is what an upstream takes.
test.for([
  'chat/completions',
  'embeddings',
  'moderations',
  'responses',
  'images/generations',
  'images/edits',
  'images/variations',
  'audio/speech',
  'audio/transcriptions',
  'audio/translations',
  'files',
])('the curl command of a call of %s works as it is pasted', async (path) => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-curl-'))
  try {
    for (const file of ['audio.mp3', 'image.png', 'file.txt']) await writeFile(join(folder, file), 'content')
    const call = { method: 'POST', endpoint: `/v1/${path}`, requestedModel: 'm', streamed: false }
    const command = callAsCurl({ ...call, httpStatus: 200 }, pair.through.baseURL.replace(/\/v1$/, ''))
    const env = { ...process.env, OPENAI_API_KEY: pair.through.apiKey }
    const shell = spawn('sh', ['-c', `${command.text} -sS -f`], { cwd: folder, env, stdio: 'pipe' })
    let printed = ''
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (printed += chunk))
    const status = await new Promise((resolve) => shell.on('close', resolve))
    expect(status, printed).toBe(0)
    if (path === 'audio/speech') expect(await readdir(folder)).toContain('speech.mp3')
    else expect(() => JSON.parse(printed)).not.toThrow()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('every endpoint of a model has a least request of its own', () => {
  const withBody = ENDPOINTS.filter(({ served }) => served === 'MODEL_CALL' || served === 'FORM')
  const without = withBody.filter(({ path, served }) => {
    const least = leastRequest(`/v1/${path}`, { model: null, streamed: false })
    const parts = 'json' in least ? [least.json] : [least.texts, least.files]
    return 'json' in least === (served === 'FORM') || parts.every((part) => Object.keys(part).length === 0)
  })
  expect(without.map(({ path }) => path)).toEqual([])
})
