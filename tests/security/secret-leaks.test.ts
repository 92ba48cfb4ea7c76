// No secret is anywhere but where it is used: planted secrets of every kind are looked for in everything that the server writes or
// sends, as they are and in each form that a text is written in.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { schema } from '@latchkey/server/graphql/schema.ts'
import { getNamedType, isLeafType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Planted, plantSecrets } from '../support/server/planted-secrets.ts'

let planted: Planted
beforeAll(async () => {
  planted = await plantSecrets()
})
afterAll(() => planted?.close())

test('a secret of every kind is planted', () => {
  for (const [kind, secret] of Object.entries(planted.secrets))
    expect(secret.length, kind).toBeGreaterThan(11)
  expect(new Set(Object.values(planted.secrets)).size).toBe(Object.keys(planted.secrets).length)
})

test.each(['the log', 'responses', 'webhooks', 'e-mail'])('none is in %s', (where) => {
  const text = planted.texts.get(where) ?? ''
  expect(text.length).toBeGreaterThan(300)
  expect(leaksIn(text)).toEqual([])
})

test('none is in the database, its write-ahead log, the journal, or another file', async () => {
  const { latchkey } = planted
  const { dataDir, database } = latchkey
  const names = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  expect(names.some((name) => name.includes('journal'))).toBe(true)
  const files = [...names, database, `${database}-wal`].filter((name) =>
    statSync(name, { throwIfNoEntry: false }),
  )
  expect(files).toContain(`${database}-wal`)
  for (const file of files) expect(leaksIn(readFileSync(file, 'latin1')), file).toEqual([])
})

test('none is in the content of calls, which is stored deflated', async () => {
  const contents = await planted.latchkey.app.store.prisma.callContent.findMany()
  const texts = contents.flatMap(({ request, response }) =>
    [request, response].flatMap((body) => (body === null ? [] : [inflateRawSync(body).toString()])),
  )
  expect(texts.join('')).toContain('gpt-realtime')
  expect(leaksIn(texts.join('\n'))).toEqual([])
})

test.each(['/metrics', '/export/logs.jsonl', '/export/audit.csv', '/v1/organization/audit_logs'])(
  'none is in %s',
  async (path) => {
    const { url, adminToken } = planted.latchkey
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${adminToken}` } })
    const text = await response.text()
    expect(response.status, text).toBe(200)
    expect(text.length).toBeGreaterThan(300)
    expect(leaksIn(text)).toEqual([])
  },
)

test('none is in what GraphQL shows of anything', async () => {
  const { graphql } = planted.latchkey
  for (const { name, type, args } of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    if (args.some(({ name }) => ['id', 'ids', 'input', 'range', 'field'].includes(name))) continue
    const { data, errors } = await graphql(`{ ${name} ${selectionOf(type, 4)} }`)
    expect(leaksIn(JSON.stringify([data, errors])), name).toEqual([])
  }
})

test('and a secret would be found: in each form of each', () => {
  for (const [kind, secret] of Object.entries(planted.secrets))
    for (const form of formsOf(secret)) expect(leaksIn(`{"some": "${form}"}`)).toContain(kind)
})

/** The kinds of the secrets that a text has in any form. */
function leaksIn(text: string): string[] {
  return Object.entries(planted.secrets).flatMap(([kind, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [kind] : [],
  )
}

/** As it is, in hex, escaped in a URL, as the bytes of a UUID, and in base64 wherever it begins among three bytes. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last characters are of other bytes, too.
    const own = encoded.slice(before === 0 ? 0 : before + 1, -1)
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(secret)?.[0].replaceAll('-', '')
  const ofUuid = uuid === undefined ? [] : [uuid, Buffer.from(uuid, 'hex').toString('latin1')]
  return [secret, bytes.toString('hex'), encodeURIComponent(secret), ...base64, ...ofUuid]
}

/** All that can be selected without an argument, some levels deep. */
function selectionOf(type: unknown, depth: number): string {
  const named = getNamedType(type as Parameters<typeof getNamedType>[0])
  if (!isObjectType(named)) return ''
  const parts = Object.values(named.getFields()).flatMap((field) => {
    if (field.args.length > 0 || field.name === 'content') return []
    if (isLeafType(getNamedType(field.type))) return [field.name]
    return depth === 0 ? [] : [`${field.name} ${selectionOf(field.type, depth - 1)}`.trim()]
  })
  return `{ __typename ${parts.join(' ')} }`
}
