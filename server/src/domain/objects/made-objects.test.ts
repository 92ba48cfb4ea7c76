import { expect, test } from 'vitest'
import { madeObjects } from './made-objects.ts'
import { encryptedContentId } from './object-references.ts'

const RESPONSE = {
  id: 'resp_1',
  output: [
    { id: 'rs_1', type: 'reasoning', encrypted_content: 'x' },
    { id: 'ci_1', type: 'code_interpreter_call', container_id: 'cntr_1' },
  ],
}

test.for<[string, unknown, string[]]>([
  ['a response', RESPONSE, ['resp_1', 'rs_1', encryptedContentId('x'), 'ci_1', 'cntr_1']],
  [
    'the first event of a stream',
    { type: 'response.created', response: { id: 'resp_1', output: [] } },
    ['resp_1'],
  ],
  [
    'a batch that has ended',
    { id: 'batch_1', output_file_id: 'file-1', error_file_id: null },
    ['batch_1', 'file-1'],
  ],
  ['a job that has ended', { id: 'ftjob-1', result_files: ['file-1'] }, ['ftjob-1', 'file-1']],
  ['an upload that is complete', { id: 'upload_1', file: { id: 'file-1' } }, ['upload_1', 'file-1']],
  ['a thread that was run', { id: 'run_1', thread_id: 'thread_1' }, ['run_1', 'thread_1']],
  [
    'a thread with a store of its own',
    { id: 'thread_1', tool_resources: { file_search: { vector_store_ids: ['vs_1'] } } },
    ['thread_1', 'vs_1'],
  ],
  ['what has no id', { data: [{ id: 'x' }] }, []],
  ['an id that is none', { id: 7 }, []],
  ['no JSON', undefined, []],
])('%s', ([, json, expected]) => {
  expect(madeObjects(json, true)).toEqual(expected)
})

test('of what is not stored, only encrypted reasoning and containers come back', () => {
  expect(madeObjects(RESPONSE, false)).toEqual([encryptedContentId('x'), 'cntr_1'])
})
