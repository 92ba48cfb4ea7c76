import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { watchBody } from './multipart-model.ts'

const UPLOAD = Buffer.from(
  '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n' +
    '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-日本\r\n' +
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\u0000\u00ff\r\n--b--\r\n',
)

test('finds the model wherever the upload is split, and changes no byte', async () => {
  for (let at = 1; at < UPLOAD.length; at++) {
    const { passed, models, bytes } = await watch([UPLOAD.subarray(0, at), UPLOAD.subarray(at)])
    expect(passed.equals(UPLOAD)).toBe(true)
    expect(models, `split at ${at}`).toEqual(['whisper-日本'])
    expect(bytes).toBe(UPLOAD.length)
  }
})

test('finds it byte by byte', async () => {
  const { models } = await watch([...UPLOAD].map((_, at) => UPLOAD.subarray(at, at + 1)))
  expect(models).toEqual(['whisper-日本'])
})

describe('is not misled by', () => {
  test.for([
    ['a file of that name', 'form-data; name="file"; filename="model"\r\n\r\nnot a model\r\n'],
    ['a longer name', 'form-data; name="model_size"\r\n\r\nlarge\r\n'],
    ['a value too long to be a name', `form-data; name="model"\r\n\r\n${'m'.repeat(300)}\r\n`],
    ['a value that never ends', 'form-data; name="model"\r\n\r\nwhisper'],
  ])('%s', async ([, text]) => {
    expect((await watch([Buffer.from(text ?? '')])).models).toEqual([])
  })
})

test('looks for nothing in what is no form', async () => {
  const { models, passed } = await watch([UPLOAD], false)
  expect(models).toEqual([])
  expect(passed.equals(UPLOAD)).toBe(true)
})

describe('strictly', () => {
  const strictly = (text: string) => watch([Buffer.from(text)], true, true)

  test.for<[string, string[]]>([
    ['form-data; name="model"\r\n\r\nm1\r\n', ['m1']],
    ['form-data; name=model\r\n\r\nm1\r\n', ['m1']],
    ['form-data; NAME = "model"; x=y\r\nContent-Type: text/plain\r\n\r\nm1\r\n', ['m1']],
    ["form-data; name*=utf-8''model\r\n\r\nm1\r\n", ['m1']],
    ['form-data; name="model"\r\n\r\nm1\r\n--b\r\nform-data; name="model"\r\n\r\nm2\r\n', ['m1', 'm2']],
    [`form-data; name="model"\r\n\r\n${'m'.repeat(300)}\r\n`, ['']],
    ['form-data; name="file"; filename="model"\r\n\r\nm1\r\n', ['']],
    ['form-data; name="models"\r\n\r\nm1\r\n', ['']],
    ['', ['']],
  ])('%j names %j', async ([text, expected]) => {
    const { models, passed } = await strictly(text)
    expect(models).toEqual(expected)
    expect(passed.toString()).toBe(text)
  })

  test('finds every model wherever the form is split', async () => {
    for (let at = 1; at < UPLOAD.length; at += 7) {
      const { models, passed } = await watch([UPLOAD.subarray(0, at), UPLOAD.subarray(at)], true, true)
      expect([...new Set(models)]).toEqual(['whisper-日本'])
      expect(passed.equals(UPLOAD)).toBe(true)
    }
  })

  test('a form whose model is refused is never whole', async () => {
    const sent: Buffer[] = []
    const stream = watchBody(
      true,
      () => undefined,
      () => stream.destroy(new Error('refused')),
      true,
    )
    stream.on('data', (chunk) => sent.push(chunk))
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.write(UPLOAD.subarray(0, -1))
    stream.end(UPLOAD.subarray(-1))
    expect(await failed).toMatchObject({ message: 'refused' })
    expect(Buffer.concat(sent).length).toBeLessThan(UPLOAD.length)
  })
})

async function watch(chunks: Buffer[], search = true, strict = false) {
  const models: string[] = []
  let bytes = 0
  const source = new PassThrough()
  const watched = source.pipe(
    watchBody(
      search,
      (count) => {
        bytes += count
      },
      (model) => models.push(model),
      strict,
    ),
  )
  for (const chunk of chunks) source.write(chunk)
  source.end()
  return { passed: await buffer(watched), models, bytes }
}
