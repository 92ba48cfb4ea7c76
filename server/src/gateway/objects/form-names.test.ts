import { expect, test } from 'vitest'
import { FormNames } from './form-names.ts'

const part = (header: string, value = 'x') => `--edge\r\n${header}\r\n\r\n${value}\r\n--edge--\r\n`
const named = (name: string) => part(`Content-Disposition: form-data; name="${name}"`)

test.for<[string, string, string | null]>([
  ['a field', named('file_id'), 'file_id'],
  ['a field in other letters', named('File_Id'), 'File_Id'],
  ['a list', named('file_ids[]'), 'file_ids[]'],
  ['a member', named('video[id]'), 'video[id]'],
  ['a member of a member', named('input_reference[file_id]'), 'input_reference[file_id]'],
  ['a header in other letters', part('CONTENT-DISPOSITION : form-data; NAME=file_id'), 'file_id'],
  ['a header that goes on', part('Content-Disposition: form-data;\r\n name="file_id"'), 'name'],
  [
    'a header after another',
    part('Content-Type: text/plain\r\nContent-Disposition: form-data; name="file_id"'),
    'file_id',
  ],
  ['lines that end in LF', named('file_id').replaceAll('\r\n', '\n'), 'file_id'],
  ['lines that end in CR', named('file_id').replaceAll('\r\n', '\r'), 'file_id'],
  ['a name in RFC 2231', part("Content-Disposition: form-data; name*=utf-8''%66ile_id"), 'name'],
  ['a name with escapes', named('file\\_id'), 'file\\_id'],
  ['two names', part('Content-Disposition: form-data; name="purpose"; name="file_id"'), 'purpose'],
  ['no name', part('Content-Disposition: form-data'), 'name'],
  [
    'a long header',
    part(`Content-Disposition: form-data; x="${'x'.repeat(9_000)}"; name="file_id"`),
    'Content-Disposition',
  ],
  ['another field', named('purpose'), null],
  ['a file', part('Content-Disposition: form-data; name="video"; filename="a.mp4"', '"file_id":"x"'), null],
  [
    'a name in the text of a field',
    part('Content-Disposition: form-data; name="prompt"', 'name="file_id"'),
    null,
  ],
])('%s', ([, body, expected]) => {
  const bytes = Buffer.from(body)
  for (const size of [1, 3, 64, bytes.length]) {
    const names = new FormNames()
    let found: string | null = null
    for (let at = 0; at < bytes.length && found === null; at += size)
      found = names.nameIn(bytes.subarray(at, at + size))
    expect(found, `in pieces of ${size}`).toBe(expected)
  }
})
