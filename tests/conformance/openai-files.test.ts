// Files, uploads in parts, batches and vector stores with OpenAI's SDK: what the upstream keeps between calls.
import { toFile } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pair, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256))

test('files: uploaded, listed by pages, looked up, downloaded to the byte, deleted, not found', async () => {
  const [file, names, content] = await pair.same(async (side) => {
    const client = openAi(side)
    const one = await client.files.create({
      file: await toFile(bytes, 'größe “1”.bin'),
      purpose: 'user_data',
      expires_after: { anchor: 'created_at', seconds: 3_600 },
    })
    for (const name of ['b.txt', 'c.txt'])
      await client.files.create({ file: await toFile(Buffer.from(name), name), purpose: 'user_data' })
    const all = await Array.fromAsync(client.files.list({ purpose: 'user_data', limit: 2 }))
    const found = await client.files.retrieve(one.id)
    const downloaded = await client.files.content(one.id)
    const body = Buffer.from(await downloaded.arrayBuffer())
    return [found, all.map(({ filename }) => filename), body, await client.files.delete(one.id)] as const
  })
  expect(file).toMatchObject({ bytes: bytes.length, expires_at: 1_763_803_600 })
  expect(names).toEqual(['größe “1”.bin', 'b.txt', 'c.txt'])
  expect(content.equals(bytes)).toBe(true)
  expect(await pair.sameFailure((side) => openAi(side).files.content(file.id))).toMatchObject({
    status: 404,
    param: 'id',
    type: 'invalid_request_error',
  })
})

test('an upload in parts, one that does not fit, and one that is cancelled', async () => {
  const parts = [bytes.subarray(0, 70_000), bytes.subarray(70_000, 70_001), bytes.subarray(70_001)]
  const content = await pair.same(async (side) => {
    const client = openAi(side)
    const head = {
      bytes: bytes.length,
      filename: 'large.bin',
      mime_type: 'application/octet-stream',
      purpose: 'batch' as const,
    }
    const upload = await client.uploads.create(head)
    const ids: string[] = []
    for (const part of parts)
      ids.push((await client.uploads.parts.create(upload.id, { data: await toFile(part) })).id)
    const { file } = await client.uploads.complete(upload.id, { part_ids: ids })
    const other = await client.uploads.create(head)
    const cancelled = await client.uploads.cancel(other.id)
    const downloaded = await client.files.content(file?.id ?? '')
    return [cancelled.status, Buffer.from(await downloaded.arrayBuffer())] as const
  })
  expect(content[0]).toBe('cancelled')
  expect(content[1].equals(bytes)).toBe(true)
  const failure = await pair.sameFailure(async (side) => {
    const client = openAi(side)
    const upload = await client.uploads.create({
      bytes: 5,
      filename: 'x',
      mime_type: 'text/plain',
      purpose: 'batch',
    })
    await client.uploads.complete(upload.id, { part_ids: [] })
  })
  expect(failure).toMatchObject({ status: 400, message: '400 Expected 5 bytes, got 0.' })
})

test('a batch from its input to its output, and one that is cancelled', async () => {
  const lines = [
    { custom_id: 'one', method: 'POST', url: '/v1/chat/completions', body: { model: 'm1', messages: [] } },
    {
      custom_id: 'two',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'm1', messages: ['日本'] },
    },
  ]
  const input = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot a request\n`
  const [seen, output, errors, cancelled] = await pair.same(async (side) => {
    const client = openAi(side)
    const file = await client.files.create({
      file: await toFile(Buffer.from(input), 'in.jsonl'),
      purpose: 'batch',
    })
    const start = () =>
      client.batches.create({
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        metadata: { night: 'yes' },
      })
    const other = await start()
    let batch = await start()
    const statuses = [batch.status]
    while (batch.status !== 'completed') {
      batch = await client.batches.retrieve(batch.id)
      statuses.push(batch.status)
    }
    await client.batches.cancel(other.id)
    const stopped = await client.batches.retrieve(other.id)
    const listed = await Array.fromAsync(client.batches.list({ limit: 1 }))
    expect(listed.map(({ id }) => id)).toEqual([other.id, batch.id])
    return [
      statuses,
      await (await client.files.content(batch.output_file_id ?? '')).text(),
      await (await client.files.content(batch.error_file_id ?? '')).text(),
      stopped.status,
    ] as const
  })
  expect(seen).toEqual(['validating', 'in_progress', 'finalizing', 'completed'])
  expect(
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).custom_id),
  ).toEqual(['one', 'two'])
  expect(errors).toContain('invalid_json_line')
  expect(cancelled).toBe('cancelled')
})

test('a batch that is done cannot be cancelled', async () => {
  const failure = await pair.sameFailure(async (side) => {
    const client = openAi(side, { maxRetries: 0 })
    const file = await client.files.create({ file: await toFile(Buffer.from('{}')), purpose: 'batch' })
    const { id } = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/embeddings',
      completion_window: '24h',
    })
    for (let look = 0; look < 3; look++) await client.batches.retrieve(id)
    await client.batches.cancel(id)
  })
  expect(failure).toMatchObject({ status: 409, param: 'id' })
})

test('a vector store: made, filled, waited for, searched, renamed, listed, deleted', async () => {
  const [added, hits, names] = await pair.same(async (side) => {
    const client = openAi(side)
    const text = await client.files.create({
      file: await toFile(Buffer.from('Der Rhein fließt.'), 'rhein.txt'),
      purpose: 'assistants',
    })
    const store = await client.vectorStores.create({ name: 'Flüsse', metadata: { land: 'CH' } })
    const file = await client.vectorStores.files.createAndPoll(
      store.id,
      { file_id: text.id },
      { pollIntervalMs: 5 },
    )
    const found = (await client.vectorStores.search(store.id, { query: 'Rhein' })).data
    await client.vectorStores.update(store.id, { name: 'Rivers' })
    const all = await Array.fromAsync(client.vectorStores.list())
    await client.vectorStores.files.delete(text.id, { vector_store_id: store.id })
    await client.vectorStores.delete(store.id)
    return [file, found, all.map(({ name }) => name)] as const
  })
  expect(added.status).toBe('completed')
  expect(hits[0]).toMatchObject({ filename: 'rhein.txt', content: [{ text: 'Der Rhein fließt.' }] })
  expect(names).toEqual(['Rivers'])
})
