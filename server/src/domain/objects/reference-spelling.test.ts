import { expect, test } from 'vitest'
import { misspelledReference } from './reference-spelling.ts'

const nameIn = (text: string) => misspelledReference(text, JSON.parse(text))?.name ?? null

test.for([
  ['{"previous_response_id":"a","previous_response_id":"b"}', 'previous_response_id'],
  [
    '{"previous_response_id":"a","previous_response_id":"b","input":[{"x\\"previous_response_id":1}]}',
    'previous_response_id',
  ],
  ['{"previous_response_id":"a" , "previous\\u005fresponse_id" :"b"}', 'previous_response_id'],
  // As many in the text as in its JSON, were escapes not looked at.
  ['{"file_id":"a","file_id":"b","x":{"file\\u005fid":"b"}}', 'file_id'],
  ['{"\\u0069nput":[]}', 'input'],
  ['{"x":[[{"Conversation_ID":1}]]}', 'Conversation_ID'],
  ['{"x":{"container":{"file_ids":["a"]}},"x":1}', 'container'],
] as const)('%s: %s', ([text, name]) => {
  expect(nameIn(text)).toBe(name)
})

test.for([
  '{"previous_response_id":"a","x":{"previous_response_id":"a"}}',
  '{"x":"\\"id\\":","y":"\\\\\\"id\\":1","z\\"id":1}',
  '{"x":"{\\"file\\\\u005fid\\":1}","caf\\u00e9 \\u0041":1}',
  '{"tools":[{"input_schema":{"properties":{"File_ID":{}}}},{"headers":{"Session_ID":"x"}}]}',
  '["id",{"type":"x"},null,1]',
])('%s has none', (text) => {
  expect(nameIn(text)).toBe(null)
})

test('depth and length are no trouble', () => {
  const deep = `${'['.repeat(100_000)}{"id":1,"id":2}${']'.repeat(100_000)}`
  expect(nameIn(deep)).toBe('id')
  expect(nameIn(`{"x":"${'\\"\\u0041'.repeat(200_000)}"}`)).toBe(null)
})
