import { describe, expect, test } from 'vitest'
import { encryptedContentId, mayNameObjects, objectReferences, REFERENCES_MAX } from './object-references.ts'

const named = (body: unknown) =>
  objectReferences(body)?.map(({ id, isRequired }) => (isRequired ? id : `${id}?`))

describe('the objects that a body names', () => {
  test.for<[string, object, string[]]>([
    ['a response before it', { previous_response_id: 'resp_1' }, ['resp_1']],
    ['a conversation', { conversation: 'conv_1' }, ['conv_1']],
    ['a conversation as an object', { conversation: { id: 'conv_1' } }, ['conv_1']],
    ['a file of a batch', { input_file_id: 'file-1' }, ['file-1']],
    ['files of a training', { training_file: 'file-1', validation_file: 'file-2' }, ['file-1', 'file-2']],
    ['files of a store', { file_ids: ['file-1', 'file-2'] }, ['file-1', 'file-2']],
    ['a file with attributes', { files: [{ file_id: 'file-1', attributes: {} }] }, ['file-1']],
    ['a tool', { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, ['vs_1']],
    ['a container', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, ['cntr_1']],
    [
      'files of a new container',
      { tools: [{ container: { type: 'auto', file_ids: ['file-1'] } }] },
      ['file-1'],
    ],
    [
      'a file of a message',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
      ['file-1'],
    ],
    [
      'a file of a chat',
      { messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      ['file-1'],
    ],
    ['attachments', { messages: [{ attachments: [{ file_id: 'file-1', tools: [] }] }] }, ['file-1']],
    ['resources of a thread', { tool_resources: { code_interpreter: { file_ids: ['file-1'] } } }, ['file-1']],
    ['an item', { input: [{ type: 'item_reference', id: 'msg_1' }] }, ['msg_1']],
    ['an item with its content', { input: [{ type: 'message', id: 'msg_1', content: [] }] }, ['msg_1?']],
    ['the source of an eval', { data_source: { source: { type: 'file_id', id: 'file-1' } } }, ['file-1']],
    ['a skill, which may be everybody’s', { skills: [{ skill_id: 'skill_1' }] }, ['skill_1?']],
    [
      'reasoning',
      { input: [{ type: 'reasoning', encrypted_content: 'x' }] },
      [`${encryptedContentId('x')}?`],
    ],
    [
      'nothing in text of its own',
      {
        metadata: { file_id: 'x' },
        client_metadata: { thread_id: 'z' },
        attributes: { video: 'a' },
        tools: [{ parameters: { file_id: 'y' } }],
      },
      [],
    ],
    ['nothing in calls of tools', { messages: [{ tool_calls: [{ id: 'call_1', type: 'function' }] }] }, []],
  ])('%s', ([, body, expected]) => {
    expect(named(body)).toEqual(expected)
    expect(named(JSON.parse(JSON.stringify(body)))).toEqual(expected)
  })

  test('the one that decides a route comes first', () => {
    const body = {
      tools: [{ vector_store_ids: ['vs_1'] }],
      conversation: 'conv_1',
      previous_response_id: 'resp_1',
    }
    expect(named(body)).toEqual(['resp_1', 'conv_1', 'vs_1'])
  })

  test('are bounded in number and depth', () => {
    expect(named({ file_ids: Array.from({ length: REFERENCES_MAX + 1 }, (_, n) => `file-${n}`) })).toBe(
      undefined,
    )
    let deep: object = { file_id: 'file-1' }
    for (let n = 0; n < 100; n++) deep = { deep }
    expect(named(deep)).toEqual([])
  })
})

test.for([
  ['{"model":"m","input":"hello"}', true, false],
  ['{"previous_response_id":"r"}', true, true],
  ['{"previous\\u005fresponse\\u005fid":"r"}', true, true],
  ['{"Previous_Response_ID":"r"}', true, true],
  ['{"CONVERSATION":"r"}', true, true],
  ['{"conver\u017fation":"r"}', true, true],
  ['{"conver\\u017Fation":"r"}', true, true],
  ['{"Encrypted_Content":"r"}', true, true],
  ['{"CONTAINER":"r"}', true, true],
  ['{"type":"Item_Reference"}', true, true],
  ['{"ID":"r"}', true, true],
  ['{"_content":"converse","contain":"_reference"}', true, false],
  ['{"CONTAINER_ID":"r","user_id":"r"}', false, true],
  ['{"user_id":"r"}', false, false],
  ['{"file\\u005fid":"r"}', false, true],
  ['{"messages":[{"content":[{"file":{"File_Id":"f"}}]}]}', false, true],
  [`{"input":"${' '.repeat(64 * 1024 - 24)}","previous_response_id":"r"}`, true, true],
  ['{"input":"caf\\u00e9 \\u003c"}', true, false],
  [`{"content":"${'_ \\\\ '.repeat(40)}"}`, false, false],
  [`{"content":"${'_ '.repeat(40)}","FILE_ID":"f"}`, false, true],
  [`{"content":"${'\\\\ '.repeat(40)}","file\\U005Fid":"f"}`, false, true],
  ['{"file\\u0069_', false, true],
  ['{"a":"\\u00', false, false],
  ['{"a":"_i', false, false],
  ['{"messages":[{"tool_calls":[{"id":"call_1"}]}]}', false, false],
  ['{"messages":[{"content":[{"file":{"file_id":"f"}}]}]}', false, true],
] as const)('%s may name objects: %s', ([body, ofResponses, expected]) => {
  expect(mayNameObjects(Buffer.from(body), ofResponses)).toBe(expected)
})
