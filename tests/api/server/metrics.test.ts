import { afterAll, beforeAll, expect, test } from 'vitest'
import { lintMetrics } from '../../support/lint-metrics.ts'
import { repositoryText } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
})
afterAll(() => latchkey.close())

const metrics = (headers: Record<string, string> = {}) => fetch(`${latchkey.url}/metrics`, { headers })

test('are refused to a stranger and to an API key', async () => {
  const asked: Record<string, string>[] = [{}, { authorization: `Bearer ${secret}` }]
  for (const headers of asked) {
    const response = await metrics(headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  }
})

test('count calls by outcome and report the state of the ledger, without a secret', async () => {
  const call = (key: string) =>
    fetch(`${latchkey.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'echo', messages: [] }),
    }).then((response) => response.text())
  await call(secret)
  await call(secret)
  await call('wrong')
  const response = await metrics({ authorization: `Bearer ${latchkey.adminToken}` })
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect(text).toContain('latchkey_calls_total{outcome="SUCCESS"} 2')
  expect(text).toContain('latchkey_calls_total{outcome="DENIED"} 1')
  expect(text).toContain('latchkey_journal_writable 1')
  expect(text).toContain('latchkey_call_duration_seconds_count{outcome="SUCCESS"} 2')
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="+Inf",outcome="SUCCESS"} 2')
  expect(text).toMatch(/latchkey_call_duration_seconds_bucket\{le="81.92",outcome="SUCCESS"\} 2/)
  expect(text).toMatch(/latchkey_call_duration_seconds_sum\{outcome="SUCCESS"\} 0\.\d+/)
  expect(text).toMatch(/latchkey_tokens_total\{kind="output"\} \d+/)
  expect(text).toMatch(/latchkey_cost_usd_total [\d.e-]+/)
  expect(text).toContain('latchkey_upstream_attempts_total{upstream="echo",result="ok"} 2')
  expect(text).toContain('latchkey_time_to_first_token_seconds_bucket{le="+Inf"} ')
  expect(text).not.toContain(secret)
  expect(text).not.toContain(latchkey.adminToken)
})

test('are those that docs/reference/metrics.md names', async () => {
  const served = new Set([...(await page()).matchAll(/^# HELP (latchkey_\w+)/gm)].map(([, name]) => name))
  const documented = [...repositoryText('docs/reference/metrics.md').matchAll(/`(latchkey_\w+)`/g)].map(
    ([, name]) => name,
  )
  const ofWorkers = ['latchkey_workers', 'latchkey_workers_replaced_total']
  expect([...served, ...ofWorkers].sort()).toEqual([...new Set(documented)].sort())
})

test('have findings by severity, attempts to deliver alerts by outcome, and the free space of the disk', async () => {
  const text = await page()
  for (const severity of ['HIGH', 'MEDIUM', 'LOW'])
    expect(text).toMatch(new RegExp(`latchkey_findings\\{severity="${severity}"\\} \\d+`))
  for (const outcome of ['delivered', 'retried', 'failed'])
    expect(text).toContain(`latchkey_alert_delivery_attempts_total{outcome="${outcome}"} 0`)
  expect(text).toMatch(/latchkey_disk_free_bytes \d+/)
})

async function page(): Promise<string> {
  const response = await metrics({ authorization: `Bearer ${latchkey.adminToken}` })
  return response.text()
}

test('are without fault for promtool check metrics', async () => {
  expect(lintMetrics(await page())).toEqual([])
})

test.each([
  ['a counter without its suffix', '# HELP a_lost A.\n# TYPE a_lost counter\na_lost 1\n'],
  ['a gauge with it', '# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n'],
  ['no help', '# TYPE a gauge\na 1\n'],
  ['milliseconds', '# HELP a_milliseconds A.\n# TYPE a_milliseconds gauge\na_milliseconds 1\n'],
  ['an abbreviation', '# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n'],
  ['a type in the name', '# HELP a_gauge A.\n# TYPE a_gauge gauge\na_gauge 1\n'],
  ['a sample twice', '# HELP a A.\n# TYPE a gauge\na 1\na 2\n'],
  ['camel case', '# HELP aB A.\n# TYPE aB gauge\naB 1\n'],
  ['le outside a histogram', '# HELP a A.\n# TYPE a gauge\na{le="1"} 1\n'],
])('the check sees %s', (_, text) => {
  expect(lintMetrics(text)).toHaveLength(1)
})

test('what only grows is a counter', async () => {
  const text = await page()
  for (const name of ['lost_lines', 'dropped_contents', 'quarantined_stretches']) {
    expect(text).toContain(
      `# TYPE latchkey_journal_${name}_total counter\nlatchkey_journal_${name}_total 0\n`,
    )
  }
})

test("processor time counts from the process's start, not from the first scrape", async () => {
  const { user, system } = process.cpuUsage()
  const text = await page()
  const seconds = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  expect(seconds('process_cpu_seconds_total')).toBeGreaterThanOrEqual((user + system) / 1e6)
  expect(seconds('process_cpu_user_seconds_total')).toBeGreaterThanOrEqual(user / 1e6)
  expect(seconds('process_cpu_system_seconds_total')).toBeGreaterThanOrEqual(system / 1e6)
})
