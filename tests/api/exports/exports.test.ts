// /export: request logs, usage and the audit trail in each format, by the filter, in parts, and to whom.
import { get, type IncomingMessage } from 'node:http'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertRequestLogs } from '../../support/databases/many-request-logs.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let latchkey: TestLatchkey
let one: { id: number; secret: string }
let two: { id: number; secret: string }
let deleted: { id: number; secret: string }
const ids: string[] = []

beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
  one = await latchkey.createKey({ name: '=cmd|calc' })
  two = await latchkey.createKey({ name: 'Zwei, "2"' })
  deleted = await latchkey.createKey({ name: 'deleted' })
  const record = (time: string, facts: Parameters<typeof aCallRecord>[0] = {}) => {
    const log = aCallRecord({ id: requestIdAt(time), apiKeyId: one.id, ...facts })
    ids.push(log.id)
    latchkey.app.ledger.record(log)
  }
  record('2026-03-01T10:15:00Z', { costNanoUsd: 1, cachedInputTokens: 5, cacheSavedNanoUsd: 2_500_000_000 })
  record('2026-03-28T23:30:00Z', { costNanoUsd: 9_007_199_254_740_991, requestedModel: 'm2' })
  record('2026-03-28T23:45:00Z', {
    apiKeyId: two.id,
    outcome: 'ERROR',
    errorCode: '+1',
    errorMessage: '\tx\n"y"',
  })
  record('2026-03-31T22:10:00Z', {
    apiKeyId: two.id,
    streamed: true,
    costNanoUsd: 250_000_000,
    ownerId: 7,
    labels: 'env=prod,team=search',
    tags: 'feature=a:b',
  })
  record('2026-03-31T22:20:00Z', { apiKeyId: deleted.id, costNanoUsd: 7_000_000_000 })
  record('2026-03-31T22:30:00Z', { apiKeyId: null, outcome: 'DENIED', userAgent: '＝1+1' })
  await latchkey.app.ledger.settled()
  const path = `${latchkey.url}/api/api-keys/${deleted.id}`
  expect((await fetch(path, { method: 'DELETE', headers: asAdmin() })).status).toBe(200)
  await latchkey.app.ledger.settled()
})
afterAll(() => latchkey.close())

function fetchExport(path: string, headers: Record<string, string> = asAdmin()) {
  return fetch(`${latchkey.url}/export/${path}`, { headers })
}
const asAdmin = () => ({ authorization: `Bearer ${latchkey.adminToken}` })

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetchExport(path)
  expect(response.status).toBe(200)
  const text = await response.text()
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('request logs', () => {
  test('are an object a line, oldest first, with exact decimals', async () => {
    const rows = await rowsOf('logs.jsonl')
    const kept = ids.filter((_, at) => at !== 4)
    expect(rows.map(({ id }) => id)).toEqual(kept)
    expect(rows[0]).toMatchObject({
      at: '2026-03-01T10:15:00.000Z',
      api_key_id: `key_${one.id}`,
      api_key_name: '=cmd|calc',
      requested_model: 'm1',
      cost_usd: '0.000000001',
      cache_saved_usd: '2.5',
      streamed: false,
      input_tokens: 10,
    })
    expect(rows[1]).toMatchObject({ cost_usd: '9007199.254740991' })
    expect(rows[4]).toMatchObject({ api_key_id: null, cost_usd: null })
  })

  test('are CSV that no spreadsheet calculates, with a byte order mark where it is wanted', async () => {
    const response = await fetchExport('logs.csv?bom=true')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="latchkey-logs-[\dT-]+Z\.csv"$/,
    )
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = new TextDecoder().decode(bytes)
    expect(text).toContain(`\r\n${ids[0]},2026-03-01T10:15:00.000Z,key_${one.id},'=cmd|calc,POST,`)
    expect(text).toContain('"Zwei, ""2"""')
    expect(text).toContain(`"'\tx\n""y"""`)
    expect(text).toContain(`,'+1,`)
    expect(text).toContain(`,'＝1+1,`)
    expect(text.split('\r\n')).toHaveLength(7)
    expect(await (await fetchExport('logs.csv')).text()).toBe(text.replace('\ufeff', ''))
  })

  test('are Parquet with the same values, exact beyond doubles', async () => {
    const rows = await rowsOf('logs.jsonl')
    const file = await (await fetchExport('logs.parquet')).arrayBuffer()
    const objects = await parquetReadObjects({ file })
    expect(objects.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    expect(objects[0]).toMatchObject({
      at: new Date('2026-03-01T10:15:00Z'),
      input_tokens: 10n,
      streamed: false,
    })
    expect(objects[4]).toMatchObject({ api_key_id: null })
    expect(Object.keys(objects[0] ?? {})).toEqual(Object.keys(rows[0] ?? {}))
  })

  test.for<[string, number[]]>([
    ['outcome=ERROR,DENIED', [2, 5]],
    [`api_key_id=key_9999,2147483647`, []],
    ['model=m2', [1]],
    ['from=2026-03-28T23:40:00Z&to=2026-03-31T22:15:00Z', [2, 3]],
    ['cost_usd_min=0.25&cost_usd_max=1', [3]],
    ['streamed=true', [3]],
    ['owner_id=own_7', [3]],
    ['labels=team=search,env=prod', [3]],
    ['labels=env=prod,team=other', []],
    ['tags=feature=a:b', [3]],
    ['text=Y', [2]],
    ['error_code=%2B1&limit=1', [2]],
    ['outcome=', []],
  ])('match the filter %s', async ([query, expected]) => {
    const rows = await rowsOf(`logs.jsonl?${query}`)
    expect(rows.map(({ id }) => ids.indexOf(String(id)))).toEqual(expected)
  })

  test('name owners by the ids that the API has', async () => {
    const owners = (await rowsOf('logs.jsonl')).map(({ owner_id }) => owner_id)
    expect(owners).toEqual([null, null, null, 'own_7', null])
  })

  test('in parts are all of them, by the cursor in the trailer', async () => {
    const found: unknown[] = []
    let after = ''
    for (;;) {
      const { body, trailers } = await whole(`logs.jsonl?limit=2${after && `&after=${after}`}`)
      found.push(
        ...body
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line).id),
      )
      if (trailers['x-latchkey-rows'] === '0') break
      after = trailers['x-latchkey-after'] ?? ''
    }
    expect(found).toEqual(ids.filter((_, at) => at !== 4))
  })
})

function whole(path: string): Promise<{ body: string; trailers: NodeJS.Dict<string> }> {
  return new Promise((resolve, reject) => {
    get(`${latchkey.url}/export/${path}`, { headers: asAdmin() }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ body, trailers: response.trailers }))
    }).on('error', reject)
  })
}

describe('usage', () => {
  const range = 'from=2026-03-01&to=2026-04-02'

  test('is a row for each key, period and model, deleted keys together, and comes to what was charged', async () => {
    const rows = await rowsOf(`usage.jsonl?${range}`)
    expect(
      rows.map(({ api_key_id, from, model, calls, cost_usd }) => [api_key_id, from, model, calls, cost_usd]),
    ).toEqual([
      [`key_${one.id}`, '2026-03-01T00:00:00.000Z', 'm1', 1, '0.000000001'],
      [`key_${one.id}`, '2026-03-28T00:00:00.000Z', 'm2', 1, '9007199.254740991'],
      [`key_${two.id}`, '2026-03-28T00:00:00.000Z', 'm1', 1, '0'],
      [`key_${two.id}`, '2026-03-31T00:00:00.000Z', 'm1', 1, '0.25'],
      [null, '2026-03-31T00:00:00.000Z', null, 1, '7'],
    ])
    expect(rows[0]).toMatchObject({ cached_input_tokens: 5, cache_saved_usd: '2.5' })
  })

  test('by the months of a zone begins where they do there, over the change of the clocks', async () => {
    const rows = await rowsOf(
      `usage.jsonl?${range}&period=month&time_zone=europe/berlin&api_key_id=key_${two.id}`,
    )
    expect(rows.map(({ from, to, calls }) => [from, to, calls])).toEqual([
      ['2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z', 1],
      ['2026-03-31T22:00:00.000Z', '2026-04-30T22:00:00.000Z', 1],
    ])
  })

  test.for(['hour', 'day', 'month'])('goes on after any row of it, by the %s', async (period) => {
    const rows = await rowsOf(`usage.jsonl?${range}&period=${period}`)
    for (const [at, { id }] of rows.entries()) {
      const after = encodeURIComponent(String(id))
      expect(await rowsOf(`usage.jsonl?${range}&period=${period}&after=${after}`)).toEqual(rows.slice(at + 1))
    }
    expect(await rowsOf(`usage.jsonl?${range}&period=${period}&limit=2`)).toEqual(rows.slice(0, 2))
  })

  test('has the columns of FOCUS 1.2', async () => {
    const [row] = await rowsOf(`usage.jsonl?${range}&columns=focus&time_zone=Asia/Shanghai`)
    expect(row).toMatchObject({
      BilledCost: '0.000000001',
      EffectiveCost: '0.000000001',
      BillingCurrency: 'USD',
      BillingPeriodStart: '2026-02-28T16:00:00.000Z',
      BillingPeriodEnd: '2026-03-31T16:00:00.000Z',
      ChargePeriodStart: '2026-02-28T16:00:00.000Z',
      ChargePeriodEnd: '2026-03-01T16:00:00.000Z',
      ChargeCategory: 'Usage',
      ConsumedQuantity: 30,
      ConsumedUnit: 'Tokens',
      ResourceId: 'm1',
      ServiceCategory: 'AI and Machine Learning',
      SubAccountId: `key_${one.id}`,
    })
  })
})

test('the audit trail has the exports themselves, with what was asked for', async () => {
  await (await fetchExport('logs.csv?outcome=ERROR')).text()
  const rows = await rowsOf('audit.jsonl?action=export.logs')
  expect(rows.at(-1)).toMatchObject({ action: 'export.logs', actor_name: 'environment' })
  expect(JSON.parse(String(rows.at(-1)?.changes))).toEqual([
    { path: 'format', before: null, after: 'csv' },
    { path: 'outcome', before: null, after: 'ERROR' },
  ])
  const [first] = rows
  const rest = await rowsOf(`audit.jsonl?action=export.logs&after=${first?.id}&limit=1`)
  expect(rest.map(({ id }) => id)).toEqual([rows[1]?.id])
  const { ip, request_id: requestId } = first ?? {}
  const ids = async (filter: string) => (await rowsOf(`audit.jsonl?${filter}`)).map(({ id }) => id)
  expect(await ids(`request_id=${requestId}`)).toEqual([first?.id])
  expect(await ids(`request_id=${requestId}&ip=192.0.2.1`)).toEqual([])
  expect(await ids(`actor_type=ADMIN,SYSTEM&request_id=${requestId}`)).toEqual([])
  expect(await ids(`actor_type=ADMIN,ADMIN_TOKEN&ip=${ip}&action=export.logs`)).toContain(first?.id)
})

test.for([
  ['logs.csv?outcom=ERROR', 'outcom'],
  ['logs.csv?outcome=ERROR&outcome=DENIED', 'outcome'],
  ['logs.csv?outcome=FINE', 'outcome'],
  ['logs.csv?api_key_id=key_0', 'api_key_id'],
  ['logs.csv?labels=env', 'labels'],
  ['logs.csv?labels=a=b=c', 'labels'],
  ['logs.csv?tags=', 'tags'],
  ['logs.csv?tags=a=b\\,c', 'tags'],
  ['logs.csv?after=7', 'after'],
  ['logs.csv?limit=0', 'limit'],
  ['logs.csv?from=yesterday', 'from'],
  ['logs.csv?from=2026-02-01&to=2026-01-01', 'from'],
  ['logs.csv?cost_usd_min=-1', 'cost_usd_min'],
  ['logs.csv?http_status_min=500&http_status_max=400', 'http_status_min'],
  ['logs.jsonl?bom=true', 'bom'],
  [`logs.csv?model=${'m,'.repeat(100)}m`, 'model'],
  ['usage.csv', 'from'],
  ['usage.csv?from=2026-01-01&period=year', 'period'],
  ['usage.csv?from=2026-01-01&time_zone=Mars/Base', 'time_zone'],
  ['usage.csv?from=2026-01-01&columns=all', 'columns'],
  ['usage.csv?from=2026-01-01&after=key_99999999999.1.m', 'after'],
  ['audit.csv?after=7', 'after'],
  ['audit.csv?actor=%00', 'actor'],
  ['audit.csv?actor_type=admin', 'actor_type'],
  [`audit.csv?ip=${'1'.repeat(201)}`, 'ip'],
  ['audit.csv?request_id=%0a', 'request_id'],
])('%s is an error that names %s', async ([path, param]) => {
  const response = await fetchExport(path ?? '')
  expect([response.status, (await response.json()).error]).toMatchObject([
    400,
    { code: 'BAD_USER_INPUT', param },
  ])
  expect(response.headers.get('content-disposition')).toBeNull()
})

test('only an admin exports, by GET or HEAD, what there is', async () => {
  expect((await fetchExport('logs.csv', {})).status).toBe(401)
  const withKey = await fetchExport('logs.csv', { authorization: `Bearer ${one.secret}` })
  expect(withKey.status).toBe(401)
  expect((await fetchExport('contents.csv')).status).toBe(404)
  expect((await fetchExport('logs.xlsx')).status).toBe(404)
  const posted = await fetch(`${latchkey.url}/export/logs.csv`, { method: 'POST', headers: asAdmin() })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
  const head = await fetch(`${latchkey.url}/export/logs.csv`, { method: 'HEAD', headers: asAdmin() })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('a client that disconnects makes room for the next', async () => {
  await insertRequestLogs(latchkey, Date.UTC(2026, 5, 1), 60_000)
  const open = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(`${latchkey.url}/export/logs.jsonl?from=2026-06-01`, { headers: asAdmin() }, (response) =>
        resolve(response.pause()),
      ).on('error', reject)
    })
  const slow = await Promise.all([open(), open(), open(), open()])
  expect(slow.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
  const fifth = await fetchExport('audit.csv')
  expect([fifth.status, fifth.headers.get('retry-after')]).toEqual([503, '5'])
  await fifth.text()
  for (const response of slow) response.destroy()
  await expect.poll(async () => (await fetchExport('audit.csv')).status, { timeout: 20_000 }).toBe(200)
})
