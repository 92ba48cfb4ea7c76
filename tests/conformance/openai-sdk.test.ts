// The official SDK, each call once at an upstream itself and once through Latchkey: nobody could tell which is which.
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../support/latchkey.ts'
import { OPENAI_UPSTREAM_KEY, startOpenAiUpstream } from '../support/openai-upstream.ts'
import { requestLogs } from '../support/request-logs.ts'
import type { TestUpstream } from '../support/upstream.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]
const chat = { model: 'm1', messages }

let upstream: TestUpstream
let latchkey: TestLatchkey
let direct: OpenAI
let through: OpenAI

beforeAll(async () => {
  upstream = await startOpenAiUpstream()
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: OPENAI_UPSTREAM_KEY },
  })
  const { secret } = await latchkey.createKey()
  direct = new OpenAI({ baseURL: upstream.baseUrl, apiKey: OPENAI_UPSTREAM_KEY })
  through = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const image = () => toFile(Buffer.from([137, 80, 78, 71, 0, 255]), 'a.png', { type: 'image/png' })

describe('the same answer, directly and through Latchkey', () => {
  test.for<[string, (client: OpenAI) => unknown]>([
    ['chat.completions.create', (client) => client.chat.completions.create(chat)],
    [
      'a stream of chat',
      async (client) => all(await client.chat.completions.create({ ...chat, stream: true })),
    ],
    [
      'a stream of chat with usage',
      async (client) =>
        all(
          await client.chat.completions.create({
            ...chat,
            stream: true,
            stream_options: { include_usage: true },
          }),
        ),
    ],
    ['chat.completions.stream', (client) => client.chat.completions.stream(chat).finalChatCompletion()],
    ['completions.create', (client) => client.completions.create({ model: 'm1', prompt: 'x' })],
    ['embeddings.create', (client) => client.embeddings.create({ model: 'm1', input: 'x' })],
    [
      'embeddings.create as floats',
      (client) => client.embeddings.create({ model: 'm1', input: 'x', encoding_format: 'float' }),
    ],
    ['responses.create', (client) => client.responses.create({ model: 'm1', input: 'x' })],
    [
      'a stream of responses',
      async (client) => all(await client.responses.create({ model: 'm1', input: 'x', stream: true })),
    ],
    ['moderations.create', (client) => client.moderations.create({ input: 'x' })],
    ['images.generate', (client) => client.images.generate({ model: 'm1', prompt: 'x' })],
    ['images.edit', async (client) => client.images.edit({ model: 'm1', prompt: 'x', image: await image() })],
    [
      'audio.speech.create',
      async (client) => {
        const speech = await client.audio.speech.create({ model: 'm1', voice: 'alloy', input: 'x' })
        return [speech.headers.get('content-type'), [...new Uint8Array(await speech.arrayBuffer())]]
      },
    ],
    [
      'audio.transcriptions.create',
      async (client) => client.audio.transcriptions.create({ model: 'whisper', file: await image() }),
    ],
    [
      'batches.create',
      (client) =>
        client.batches.create({
          input_file_id: 'file-1',
          endpoint: '/v1/chat/completions',
          completion_window: '24h',
        }),
    ],
    ['batches.retrieve', (client) => client.batches.retrieve('batch_1')],
    ['batches.list', async (client) => (await client.batches.list()).data],
  ])('%s', async ([, call]) => {
    const received = upstream.received.length
    const [own, ours] = [plain(await call(direct)), plain(await call(through))]
    expect(ours).toEqual(own)
    // One request each: nothing was tried twice.
    expect(upstream.received).toHaveLength(received + 2)
    expect((await requestLogs(latchkey))[0]).toMatchObject({ outcome: 'SUCCESS', httpStatus: 200 })
  })

  test('files: upload, list, retrieve, content, delete', async () => {
    const content = Buffer.from([0, 1, 2, 13, 10, 255, 254, 45, 45])
    for (const client of [direct, through]) {
      const file = await client.files.create({ file: await toFile(content, 'a.jsonl'), purpose: 'batch' })
      expect(file).toMatchObject({ object: 'file', bytes: content.length })
      expect((await client.files.list()).data.map(({ id }) => id)).toContain(file.id)
      expect(await client.files.retrieve(file.id)).toMatchObject({ id: file.id, bytes: content.length })
      const downloaded = await client.files.content(file.id)
      expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true)
      expect(await client.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true })
    }
  })

  test('models, with the names that stand for the default', async () => {
    const own = (await direct.models.list()).data
    const ours = (await through.models.list()).data
    expect(ours.filter(({ owned_by }) => owned_by !== 'latchkey')).toEqual(own)
    expect(await through.models.retrieve('m1')).toMatchObject(own[0] ?? {})
  })
})

test('an upload’s model is in the log, though the upload only passes by', async () => {
  await through.audio.transcriptions.create({ model: 'whisper-7', file: await image() })
  expect((await requestLogs(latchkey))[0]).toMatchObject({
    endpoint: '/v1/audio/transcriptions',
    requestedModel: 'whisper-7',
  })
})

test('a stream that its reader breaks off is let go of', async () => {
  for await (const chunk of await through.chat.completions.create({ ...chat, stream: true })) {
    expect(chunk.object).toBe('chat.completion.chunk')
    break
  }
  expect((await through.chat.completions.create(chat)).choices).toHaveLength(1)
})

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(stream)
}

/** An answer as data: without the SDK's own properties and the request id, which is each server's own. */
function plain(answer: unknown): unknown {
  const { _request_id, ...rest } = JSON.parse(JSON.stringify({ answer })) as Record<string, unknown>
  return rest
}
