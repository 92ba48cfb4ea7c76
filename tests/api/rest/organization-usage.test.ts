// Usage and costs of OpenAI's admin API by project, key, model and unit, with OpenAI's own SDK alone.
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let admin: OpenAI.Admin.Organization
let of: { project: string; key: string; other: string }

const IMAGES = { created: 1, data: [{ b64_json: 'eA==' }, { b64_json: 'eA==' }] }
const image_usage = { input_tokens: 10, output_tokens: 100, total_tokens: 110 }
const call = (id: string) => ({ type: 'code_interpreter_call', container_id: id, code: 'x' })
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output: [call('a'), call('b'), { type: 'web_search_call' }, { type: 'file_search_call' }],
  usage: { input_tokens: 100, output_tokens: 10, total_tokens: 110 },
}

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    const { path } = request
    if (path.endsWith('/images/generations')) return json(response, 200, IMAGES)
    if (path.endsWith('/images/edits')) return json(response, 200, { ...IMAGES, usage: image_usage })
    if (path.endsWith('/audio/transcriptions'))
      return json(response, 200, { text: 'x', usage: { type: 'duration', seconds: 7 } })
    if (path.endsWith('/audio/speech')) {
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end('sound')
      return
    }
    if (path.endsWith('/responses')) return json(response, 200, RESPONSE)
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
    return json(response, 200, { ...COMPLETION, usage })
  })
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  const { baseUrl } = upstream
  await makePricedModel(latchkey, {
    baseUrl,
    name: 'texts',
    // $1 and $10 for a million: a call of 100 and 10 tokens costs $0.0002.
    price: {
      INPUT_TOKEN: '1',
      OUTPUT_TOKEN: '10',
      CODE_SESSION: '0.03',
      WEB_SEARCH: '0.01',
      FILE_SEARCH: '0.01',
    },
  })
  const adminAPIKey = latchkey.adminToken
  const client = new OpenAI({ adminAPIKey, apiKey: 'none', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
  admin = client.admin.organization
  const project = await admin.projects.create({ name: 'team' })
  const key = await admin.projects.serviceAccounts.create(project.id, { name: 'of the team' })
  const other = await admin.projects.serviceAccounts.create('proj_default', { name: 'of nobody' })
  of = { project: project.id, key: key.id, other: other.id }
  for (const [at, { api_key }] of [key, other].entries()) {
    const app = new OpenAI({ apiKey: api_key?.value ?? '', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
    const prompt_cache_key = `conversation-${at}`
    const chat = { model: 'texts', prompt_cache_key, messages: [{ role: 'user' as const, content: 'hi' }] }
    await app.chat.completions.create(chat)
    if (at === 0) await app.responses.create({ model: 'texts', prompt_cache_key, input: 'hi' })
    await app.images.generate({ model: 'drawings', prompt: 'x', n: 2 })
    await app.images.edit({
      model: 'drawings',
      prompt: 'x',
      n: 2,
      image: await toFile(Buffer.from('x'), 'x.png'),
    })
    const speech = await app.audio.speech.create({ model: 'voices', input: 'Grüße', voice: 'alloy' })
    await speech.arrayBuffer()
    const file = await toFile(Buffer.from('x'), 'x.mp3')
    await app.audio.transcriptions.create({ model: 'ears', file })
  }
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const range = () => ({ start_time: Math.floor(Date.now() / 1_000) - 86_400, bucket_width: '1d' as const })

async function results<Result>(page: PromiseLike<{ data: { results: Result[] }[] }>): Promise<Result[]> {
  return (await page).data.flatMap((bucket) => bucket.results)
}

describe('usage', () => {
  test('of projects: at the time of the call, and of keys that belong to nobody', async () => {
    const { usage } = admin
    const group_by = ['project_id' as const]
    const found = await results(usage.completions({ ...range(), group_by }))
    const byProject = found.map((row) => [
      row.project_id,
      'num_model_requests' in row && row.num_model_requests,
    ])
    expect(byProject.sort()).toEqual([
      [of.project, 2],
      ['proj_default', 1],
    ])
    const mine = await results(
      usage.completions({ ...range(), project_ids: [of.project], group_by: ['api_key_id'] }),
    )
    expect(mine).toMatchObject([
      { api_key_id: of.key, project_id: null, input_tokens: 200, output_tokens: 20 },
    ])
    const nobodys = await results(usage.completions({ ...range(), project_ids: ['proj_default'] }))
    expect(nobodys).toMatchObject([{ num_model_requests: 1 }])
  })

  test('of users and batches: no call is of either', async () => {
    const { usage } = admin
    const all = { group_by: ['user_id' as const, 'batch' as const] }
    expect(await results(usage.completions({ ...range(), ...all, batch: false }))).toMatchObject([
      { num_model_requests: 3, user_id: null, batch: false },
    ])
    expect(await results(usage.completions({ ...range(), batch: true }))).toEqual([])
    expect(await results(usage.completions({ ...range(), user_ids: ['adm_1'] }))).toEqual([])
    await expect(usage.completions({ ...range(), user_ids: ['user_1'] })).rejects.toMatchObject({
      param: 'user_ids',
    })
  })

  test('of images, whether they are billed or tokens are', async () => {
    const group_by = ['source' as const, 'model' as const]
    const found = await results(admin.usage.images({ ...range(), group_by, project_ids: [of.project] }))
    expect(found.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toMatchObject(
      ['image.edit', 'image.generation'].map((source) => ({
        object: 'organization.usage.images.result',
        images: 2,
        num_model_requests: 1,
        model: 'drawings',
        source,
      })),
    )
    const edits = await results(admin.usage.images({ ...range(), sources: ['image.edit'] }))
    expect(edits).toMatchObject([{ images: 4, num_model_requests: 2 }])
  })

  test('of sound and tools', async () => {
    const { usage } = admin
    expect(await results(usage.audioSpeeches({ ...range(), api_key_ids: [of.key] }))).toMatchObject([
      { object: 'organization.usage.audio_speeches.result', characters: 5, num_model_requests: 1 },
    ])
    expect(await results(usage.audioTranscriptions(range()))).toMatchObject([
      { object: 'organization.usage.audio_transcriptions.result', seconds: 14, num_model_requests: 2 },
    ])
    expect(
      await results(usage.codeInterpreterSessions({ ...range(), group_by: ['project_id'] })),
    ).toMatchObject([
      {
        object: 'organization.usage.code_interpreter_sessions.result',
        num_sessions: 2,
        project_id: of.project,
      },
    ])
    expect(await results(usage.webSearchCalls({ ...range(), models: ['texts'] }))).toMatchObject([
      { object: 'organization.usage.web_searches.result', num_requests: 1, num_model_requests: 1 },
    ])
    expect(await results(usage.fileSearchCalls(range()))).toMatchObject([
      { object: 'organization.usage.file_searches.result', num_requests: 1 },
    ])
    expect(await results(usage.decisions(range()))).toEqual([])
  })
})

test('costs by project and line item, of some projects, keys and models', async () => {
  const costs = async (query: Omit<OpenAI.Admin.Organization.UsageCostsParams, 'start_time'>) =>
    (await results(admin.usage.costs({ ...range(), ...query })))
      .map((row) =>
        'amount' in row ? [row.project_id, row.api_key_id, row.line_item, row.amount?.value] : [],
      )
      .filter((row) => row[3] !== 0)
      .sort()
  // $0.0002 for each of two calls, and two code sessions, a web search and a file search beside the tokens.
  const ofTeam = 0.0804
  expect(await costs({ group_by: ['project_id', 'line_item'] })).toEqual([
    [of.project, null, 'texts', ofTeam],
    ['proj_default', null, 'texts', 0.0002],
  ])
  expect(await costs({ project_ids: ['proj_default'], group_by: ['api_key_id'] })).toEqual([
    [null, of.other, null, 0.0002],
  ])
  expect(await costs({ api_key_ids: [of.other], line_items: ['drawings'] })).toEqual([])
  // From rollups, and the same.
  expect(await costs({ group_by: ['api_key_id'] })).toEqual([
    [null, of.key, null, ofTeam],
    [null, of.other, null, 0.0002],
  ])
})
