import { describe, expect, test } from 'vitest'
import { boundaryIn } from './boundary.ts'
import { addedBytes, fieldEdits } from './edit-form.ts'
import { type FormFault, FormScan } from './form-scan.ts'

const WANTED = new Set(['model', 'n'])

function scan(text: string, pieceBytes = text.length): { scan: FormScan; fault: FormFault | null } {
  const bytes = Buffer.from(text, 'latin1')
  const form = new FormScan('b', WANTED)
  let fault: FormFault | null = null
  for (let at = 0; at < bytes.length && fault === null; at += pieceBytes)
    fault = form.write(bytes.subarray(at, at + pieceBytes))
  return { scan: form, fault: fault ?? form.end() }
}

function part(head: string, content: string): string {
  return `--b\r\n${head}\r\n\r\n${content}\r\n`
}

function field(name: string, value: string): string {
  return part(`Content-Disposition: form-data; name="${name}"`, value)
}

const FILE = part(
  'Content-Disposition: form-data; name="file"; filename="a\\b.mp3"\r\nContent-Type: audio/mpeg',
  'sound -- \r\n--c \n-b x--b y\r\r\n\r\n',
)
const WHOLE = `${field('prompt', '')}${FILE}${field('model', 'whisper-1')}${field('n', '2')}--b--\r\n`

describe('a form', () => {
  test('is read the same in pieces of any size', () => {
    const whole = scan(WHOLE)
    expect(whole.fault).toBeNull()
    expect([whole.scan.files, whole.scan.textBytes]).toEqual([1, 10])
    const found = whole.scan.fields.get('model')
    expect(found).toMatchObject({ value: 'whisper-1', bareName: null, length: null })
    expect(WHOLE.slice(found?.place.start, found?.place.end)).toBe('whisper-1')
    for (let bytes = 1; bytes < 60; bytes++) {
      const pieces = scan(WHOLE, bytes)
      expect([bytes, pieces.fault, [...pieces.scan.fields]]).toEqual([bytes, null, [...whole.scan.fields]])
      expect([pieces.scan.files, pieces.scan.textBytes]).toEqual([1, 10])
    }
  })

  test.for([
    ['no quotes, as .NET', 'Content-Disposition: form-data; name=model'],
    ['a length, as OkHttp', 'Content-Disposition: form-data; name="model"\r\nContent-Length: 9'],
    [
      'a charset and an encoding, as Apache HttpClient',
      'Content-Disposition: form-data; name="model"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit',
    ],
    ['capitals and spaces', 'content-disposition:form-data ; \tNAME="model" '],
  ] as const)('of a client that sends %s', ([, head]) => {
    const text = `${part(head, 'whisper-1')}--b--`
    const { scan: form, fault } = scan(text)
    expect(fault).toBeNull()
    const found = form.fields.get('model')
    if (found === undefined) throw new Error('no model')
    const edits = fieldEdits('model', found, 'größer')
    let edited = Buffer.from(text, 'latin1')
    for (const { start, end, text: put } of edits.toReversed())
      edited = Buffer.concat([edited.subarray(0, start), Buffer.from(put), edited.subarray(end)])
    expect(edited.length - text.length).toBe(addedBytes(edits))
    const expected = `${part(head, 'größer').replace('=model', '="model"').replace('Length: 9', 'Length: 8')}--b--`
    expect(edited.toString()).toBe(expected)
  })

  test('without fields, or without parts, names no model', () => {
    for (const text of ['--b--', '\r\n--b--\r\n', `${FILE}--b--`]) {
      const { scan: form, fault } = scan(text)
      expect([fault, form.fields.size]).toEqual([null, 0])
    }
  })
})

test.for([
  ['no form', 'model=gpt-5'],
  ['a preamble', `x\r\n${field('model', 'a')}--b--`],
  ['an epilogue', `${field('model', 'a')}--b--\r\n${field('model', 'b')}--b--`],
  ['an epilogue without a line end', `${field('model', 'a')}--b--x`],
  ['no end', field('model', 'a')],
  ['half of an end', `${field('model', 'a')}--b-`],
  ['text behind a boundary', `--b \r\n${field('model', 'a')}--b--`],
  ['a boundary after LF alone', `${part('Content-Disposition: form-data; name="x"', `y\n--b\nz`)}--b--`],
  ['a boundary after CR alone', `${part('Content-Disposition: form-data; name="x"', `y\r--b\r\nz`)}--b--`],
  ['a boundary right behind a head', '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n--b--'],
  ['lines that end in LF', field('model', 'a').replaceAll('\r\n', '\n')],
  ['the model twice', `${field('model', 'a')}${field('model', 'b')}--b--`],
  ['no head', '--b\r\n\r\nx\r\n--b--'],
  ['no disposition', `${part('Content-Type: text/plain', 'x')}--b--`],
  [
    'a head that is too large',
    `${part(`Content-Disposition: form-data; name="x"\r\nX-A: ${'a'.repeat(20_000)}`, 'x')}--b--`,
  ],
  ['too many parts', `${field('x', 'y').repeat(300)}--b--`],
  ['a field that is too large', `${field('x', 'y'.repeat(1_100_000))}--b--`],
  ['a model that is too large', `${field('model', 'y'.repeat(1_100))}--b--`],
  ['control characters in a model', `${field('model', 'a\x00')}--b--`],
  ['a model of broken UTF-8', `${field('model', 'a\xff')}--b--`],
  ['a charset of its own', `${field('_charset_', 'utf-16')}${field('model', 'a')}--b--`],
] as const)('%s is refused', ([, text]) => {
  for (const bytes of [text.length, 7]) expect(scan(text, bytes).fault).not.toBeNull()
})

test.for([
  'form-data; name="Model"',
  'form-data; name=" model"',
  'form-data; name="model[]"',
  'form-data; name="model[0]"',
  'form-data; name="mod%65l"',
  'form-data; name="mod\\el"',
  "form-data; name*=utf-8''model",
  'form-data; name*0="mo"; name*1="del"',
  'form-data; name="x"; name="model"',
  'form-data; name="x"; NAME=model',
  "form-data; name='model'",
  'form-data; name="model"; filename="a"',
  'form-data; name="model"; filename*=utf-8\'\'a',
  'form-data; name="x"; filename="a\\"; name="model"',
  'form-data; name = "model"',
  'form-data; name="model" x',
  'form-data; name="model";',
  'form-data; x="y"; name="model"',
  'attachment; name="model"',
  'form-data, form-data; name="model"',
  'form-data; name="model',
  'form-data; name=""',
  'form-data',
  'form-data; name="x"\r\nContent-Disposition: form-data; name="model"',
  'form-data;\r\n name="model"',
  'form-data; name="x"\r\nContent-Disposition : form-data; name="model"',
  'form-data; name="model"\r\nContent-Transfer-Encoding: base64',
  'form-data; name="model"\r\nContent-Transfer-Encoding: quoted-printable',
  'form-data; name="model"\r\nContent-Type: text/plain; charset=utf-16',
  'form-data; name="model"\r\nContent-Type: application/json',
  'form-data; name="x"\r\nContent-Type: multipart/mixed; boundary=c',
  'form-data; name="x"; filename="y"\r\nContent-Type: message/rfc822',
])('Content-Disposition: %s is refused', (disposition) => {
  expect(scan(`${part(`Content-Disposition: ${disposition}`, 'gpt-5')}--b--`).fault).toMatchObject({
    part: 1,
  })
})

test.for([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data;BOUNDARY="a b:c"', 'a b:c'],
  ["multipart/form-data; charset=utf-8; boundary=a'b", "a'b"],
  ['multipart/form-data; boundary=----WebKitFormBoundaryX ', '----WebKitFormBoundaryX'],
  ['multipart/form-data', null],
  ['multipart/form-data; boundary=', null],
  ['multipart/form-data; boundary=""', null],
  ['multipart/form-data; boundary=a; boundary=b', null],
  ["multipart/form-data; boundary=a; boundary*=utf-8''b", null],
  ['multipart/form-data; boundary*0=a', null],
  ['multipart/form-data; boundary=a, multipart/form-data; boundary=b', null],
  ['multipart/form-data; boundary="a', null],
  ['multipart/form-data; boundary="a\\"b"', null],
  ['multipart/form-data; boundary="a "', null],
  [`multipart/form-data; boundary=${'a'.repeat(71)}`, null],
  ['multipart/mixed; boundary=a', null],
] as const)('%s has the boundary %s', ([type, boundary]) => {
  expect(boundaryIn(type)).toBe(boundary)
})
