// A key sees the objects that it has made, and no others: in a path, in a list, and wherever a request may name one. What is
// another key's gets the response of what does not exist. A policy may say otherwise (`sharedObjects`).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeModel, makeUpstream } from '../support/server/routed-models.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import {
  COLLECTIONS,
  type ObjectUpstream,
  startObjectUpstream,
} from '../support/upstreams/object-upstream.ts'

const CREDENTIAL = 'sk-credential-of-all-keys'
const UNKNOWN = 'o-00000000-0000-4000-8000-000000000000'

let latchkey: TestLatchkey
let upstream: ObjectUpstream
let model = ''
const secrets = { own: '', other: '', shared: '' }

beforeAll(async () => {
  upstream = await startObjectUpstream()
  latchkey = await startLatchkey()
  const { id } = await makeUpstream(latchkey, upstream.baseUrl, {
    kind: 'OPENAI',
    credentials: [{ secret: CREDENTIAL }],
  })
  model = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'there' }])
  secrets.own = (await latchkey.createKey()).secret
  secrets.other = (await makeRuledKey(latchkey, { concurrency: { maxCalls: 100 } })).secret
  secrets.shared = (await makeRuledKey(latchkey, { sharedObjects: true })).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

type Asking = keyof typeof secrets

async function send(asking: Asking, method: string, path: string, body?: unknown, type = 'application/json') {
  const isText = typeof body === 'string'
  const reply = await fetch(`${latchkey.url}/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${secrets[asking]}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  return { status: reply.status, text: await reply.text() }
}

async function make(asking: Asking, collection: string): Promise<string> {
  const { text } = await send(asking, 'POST', collection, {
    model,
    input: 'hello',
    messages: [],
    store: true,
  })
  return JSON.parse(text).id
}

/** The response with its ids taken out. */
const shape = ({ status, text }: { status: number; text: string }, id: string) => [
  status,
  text.replaceAll(id, 'ID'),
]

const idsIn = (text: string) => (JSON.parse(text).data as { id: string }[]).map(({ id }) => id)

// Neither is made by one request alone: an upload becomes a file, and a thread of ChatKit is its session's.
const MADE = COLLECTIONS.filter((name) => name !== 'uploads' && name !== 'chatkit/threads')

describe.for(MADE)('%s', (collection) => {
  test('an object is read and deleted by its own key', async () => {
    const id = await make('own', collection)
    const unknown = await send('other', 'GET', `${collection}/${UNKNOWN}`)
    expect(unknown.status).toBe(404)
    for (const method of ['GET', 'DELETE', ...(collection === 'responses' ? ['POST'] : [])]) {
      const path = method === 'POST' ? `${collection}/${id}/cancel` : `${collection}/${id}`
      upstream.received.length = 0
      const refused = await send('other', method, path)
      // A method that the endpoint does not have is refused to everybody.
      if (refused.status === 405) continue
      expect(shape(refused, id)).toEqual(shape(unknown, UNKNOWN))
      expect(upstream.received).toEqual([])
    }
    expect((await send('own', 'GET', `${collection}/${id}`)).status).toBe(200)
    expect((await send('shared', 'GET', `${collection}/${id}`)).status).toBe(200)
    const deleted = await send('own', 'DELETE', `${collection}/${id}`)
    expect([200, 405]).toContain(deleted.status)
    if (deleted.status === 200) expect((await send('own', 'GET', `${collection}/${id}`)).status).toBe(404)
  })

  test('a list has the objects of its own key', async () => {
    const [own, other] = [await make('own', collection), await make('other', collection)]
    const made = upstream.make(CREDENTIAL, collection)
    const ofOwn = await send('own', 'GET', collection)
    // A path that is only posted to has no list.
    if (ofOwn.status === 405) return
    expect(idsIn(ofOwn.text)).toContain(own)
    expect(idsIn(ofOwn.text)).not.toContain(other)
    expect(idsIn(ofOwn.text)).not.toContain(made)
    expect(idsIn((await send('other', 'GET', collection)).text)).not.toContain(own)
    expect(idsIn((await send('shared', 'GET', `${collection}?limit=100`)).text)).toEqual(
      expect.arrayContaining([own, other, made]),
    )
  })
})

test('a list is read on until there are as many of the key’s own as it asked for', async () => {
  const own: string[] = []
  for (let n = 0; n < 5; n++) {
    own.push(await make('own', 'files'))
    for (let m = 0; m < 60; m++) upstream.make(CREDENTIAL, 'files')
  }
  const found: string[] = []
  let page: { data: { id: string }[]; has_more: boolean; last_id: string | null; first_id: string | null }
  let after = ''
  do {
    const { text } = await send('own', 'GET', `files?limit=2${after}`)
    page = JSON.parse(text)
    expect(page.data.length).toBeLessThanOrEqual(2)
    expect([page.first_id, page.last_id]).toEqual([page.data[0]?.id ?? null, page.data.at(-1)?.id ?? null])
    found.push(...page.data.map(({ id }) => id))
    after = `&after=${page.last_id}`
  } while (page.has_more)
  expect(found.slice(0, 5)).toEqual(own.toReversed())
  const foreign = await make('other', 'files')
  const cursors = [foreign, UNKNOWN].map(async (id) =>
    shape(await send('own', 'GET', `files?after=${id}`), id),
  )
  const [known, unknown] = await Promise.all(cursors)
  expect(known).toEqual(unknown)
  expect(known?.[0]).toBe(404)
})

describe('a reference', () => {
  const response = (fields: object) => ['responses', { input: 'hello', ...fields }] as const

  test.for<[string, (id: string) => readonly [string, object]]>([
    ['to the response before', (id) => response({ previous_response_id: id })],
    ['to a conversation', (id) => response({ conversation: id })],
    ['to a conversation as an object', (id) => response({ conversation: { id } })],
    ['to an item', (id) => response({ input: [{ type: 'item_reference', id }] })],
    [
      'to a file of a message',
      (id) => response({ input: [{ role: 'user', content: [{ type: 'input_file', file_id: id }] }] }),
    ],
    [
      'to an image of a message',
      (id) => response({ input: [{ role: 'user', content: [{ type: 'input_image', file_id: id }] }] }),
    ],
    [
      'to a file of a prompt',
      (id) => response({ prompt: { id: 'pmpt_1', variables: { a: { type: 'input_file', file_id: id } } } }),
    ],
    ['to a store of files', (id) => response({ tools: [{ type: 'file_search', vector_store_ids: [id] }] })],
    ['to a container', (id) => response({ tools: [{ type: 'code_interpreter', container: id }] })],
    [
      'to a file of a container',
      (id) =>
        response({ tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: [id] } }] }),
    ],
    [
      'to a file of a chat',
      (id) => [
        'chat/completions',
        { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }] },
      ],
    ],
    ['to the file of a batch', (id) => ['batches', { input_file_id: id }]],
    ['to the file of a training', (id) => ['fine_tuning/jobs', { training_file: id }]],
    [
      'to the second file of a training',
      (id) => ['fine_tuning/jobs', { training_file: null, validation_file: id }],
    ],
    ['to files of a store', (id) => ['vector_stores', { file_ids: [id] }]],
    [
      'to an attachment',
      (id) => ['threads', { messages: [{ role: 'user', content: 'x', attachments: [{ file_id: id }] }] }],
    ],
    [
      'to a resource',
      (id) => ['assistants', { tool_resources: { file_search: { vector_store_ids: [id] } } }],
    ],
    ['to the source of an eval', (id) => ['evals', { data_source: { source: { type: 'file_id', id } } }]],
    ['to a video', (id) => ['videos', { video: { id } }]],
    ['to a container’s file', (id) => ['containers', { file_ids: [id] }]],
    ['to items of a conversation', (id) => ['conversations', { items: [{ type: 'item_reference', id }] }]],
  ])('%s is good for the object’s own key', async ([, requestWith]) => {
    const id = await make('own', 'files')
    const ask = (asking: Asking, named: string) => {
      const [path, body] = requestWith(named)
      return send(asking, 'POST', path, { model, ...body })
    }
    const refused = await ask('other', id)
    expect(refused.status).toBe(404)
    expect(shape(refused, id)).toEqual(shape(await ask('other', UNKNOWN), UNKNOWN))
    expect((await ask('own', id)).status).toBe(200)
    expect((await ask('shared', id)).status).toBe(200)
  })

  test.for<[string, (id: string) => readonly [string, string, string?]]>([
    ['with escapes', (id) => ['responses', `{"input":"x","previous\\u005fresponse\\u005fid":"${id}"}`]],
    ['with escapes in a batch', (id) => ['batches', `{"input\\u005ffile\\u005fid":"${id}"}`]],
    ['that stands twice', (id) => ['batches', `{"input_file_id":"${id}","input_file_id":null}`]],
    ['in a body of another type', (id) => ['batches', `{"input_file_id":"${id}"}`, 'text/plain']],
    ['in bytes', (id) => ['batches', `{"input_file_id":"${id}"}`, 'application/octet-stream']],
    ['in JSON that is none', (id) => ['batches', `{"input_file_id":"${id}",}`]],
    ['in a form of a container', (id) => ['containers/OWN/files', form({ file_id: id }), FORM]],
    ['in a list of a form', (id) => ['videos', form({ 'file_ids[]': id }), FORM]],
    ['in a member of a form', (id) => ['videos/edits', form({ 'video[id]': id }), FORM]],
    ['in a query', (id) => [`vector_stores/OWN/files?file_id=${id}`, '{}']],
  ])('%s never reaches the upstream for another key', async ([, requestWith]) => {
    const id = await make('own', 'files')
    const container = await make('other', 'containers')
    upstream.received.length = 0
    const [path, body, type] = requestWith(id)
    const { status } = await send('other', 'POST', path.replace('OWN', container), body, type)
    const named = upstream.received.filter((sent) => sent.body.includes(id) || sent.path.includes(id))
    expect(named).toEqual([])
    if (status < 400) expect(upstream.received).toHaveLength(1)
  })
})

describe('a reference that parsers read differently', () => {
  const ITEM = '"type":"item_reference"'
  test.for<[string, string, string, string?]>([
    ['twice', 'previous_response_id', '"previous_response_id":"ID","previous_response_id":null'],
    ['twice, with escapes', 'conversation', '"conversation":"ID","conver\\u0073ation":null'],
    ['with escapes', 'conversation', '"conver\\u0073ation":"ID"'],
    ['in other letters', 'Previous_Response_Id', '"Previous_Response_Id":"ID"'],
    ['in capitals', 'CONVERSATION', '"CONVERSATION":"ID"'],
    ['with a long s', 'conver\u017fation', '"conver\u017fation":"ID"'],
    ['with a long s as an escape', 'conver\u017fation', '"conver\\u017fation":"ID"'],
    ['as an object in other letters', 'ID', '"conversation":{"ID":"ID"}'],
    ['in an item twice', 'id', `"input":[{${ITEM},"id":"ID","id":"msg_1"}]`],
    ['in an item in other letters', 'Id', `"input":[{${ITEM},"Id":"ID"}]`],
    ['in a list in other letters', 'Input', `"Input":[{${ITEM},"id":"ID"}]`],
    ['in a list that stands twice', 'id', `"input":[{"id":"ID"}],"input":"x"`],
    ['in tools that stand twice', 'container', '"tools":[{"container":"ID"}],"tools":[]'],
    ['in a tool', 'Vector_Store_IDs', '"tools":[{"type":"file_search","Vector_Store_IDs":["ID"]}]'],
    [
      'in a chat twice',
      'file_id',
      '"messages":[{"content":[{"file":{"file_id":"ID","file_id":"x"}}]}]',
      'chat/completions',
    ],
    [
      'in a chat in other letters',
      'File_ID',
      '"messages":[{"content":[{"file":{"File_ID":"ID"}}]}]',
      'chat/completions',
    ],
    ['of a batch, in other letters', 'Input_File_Id', '"Input_File_Id":"ID"', 'batches'],
  ])('%s is refused by its name for every key that shares no objects', async ([, param, members, path]) => {
    const id = await make('own', 'files')
    const body = `{"model":"${model}",${members.replaceAll(':"ID"', `:"${id}"`).replace('["ID"]', `["${id}"]`)}}`
    upstream.received.length = 0
    const { status, text } = await send('own', 'POST', path ?? 'responses', body)
    expect({ status, param: JSON.parse(text).error?.param }).toEqual({ status: 400, param })
    expect((await send('other', 'POST', path ?? 'responses', body)).status).toBe(400)
    expect(upstream.received).toEqual([])
  })

  test('goes to the upstream for a key that shares objects', async () => {
    const id = await make('own', 'files')
    const body = `{"model":"${model}","messages":[{"content":[{"file":{"file_id":"${id}","File_ID":"x"}}]}]}`
    expect((await send('shared', 'POST', 'chat/completions', body)).status).toBe(200)
  })

  test.for([
    '"input":"x","tools":[{"type":"function","name":"f","parameters":{"properties":{"File_ID":{"type":"string"}}}}]',
    '"input":"say \\"file_id\\": 1, \\"file_id\\": 2 and caf\\u00e9 \\u0041"',
    '"input":[{"role":"user","content":"x","Type_":"ID"}],"metadata":{"Conversation":"x"}',
    '"input":"x","prompt":{"id":"pmpt_1","variables":{"Conversation":"x"}}',
  ])('%s has none', async (members) => {
    const { status } = await send('own', 'POST', 'responses', `{"model":"${model}",${members}}`)
    expect(status).toBe(200)
  })
})

const FORM = 'multipart/form-data; boundary=edge'

function form(fields: Record<string, string>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--edge--\r\n`
}

test('what an upstream makes on the way is the key’s, too', async () => {
  const id = await make('own', 'batches')
  const output = upstream.make(CREDENTIAL, 'files')
  upstream.change(CREDENTIAL, id, { output_file_id: output })
  expect((await send('own', 'GET', `files/${output}/content`)).status).toBe(404)
  expect((await send('own', 'GET', `batches/${id}`)).status).toBe(200)
  expect((await send('own', 'GET', `files/${output}/content`)).status).toBe(200)
  expect((await send('other', 'GET', `files/${output}/content`)).status).toBe(404)
})

test('an object within another is the other’s, and none of a third', async () => {
  const [store, foreign] = [await make('own', 'vector_stores'), await make('other', 'files')]
  expect((await send('own', 'GET', `vector_stores/${store}/files/${foreign}/content`)).status).toBe(404)
  expect((await send('own', 'GET', `vector_stores/${store}/files/file-of-its-own`)).status).toBe(200)
})
