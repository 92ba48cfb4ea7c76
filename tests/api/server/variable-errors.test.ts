// An error over a variable names the field, the form that it must have, and an example; never the value.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
beforeAll(async () => {
  server = await startLatchkey()
})
afterAll(() => server.close())

const LOGS = 'query ($filter: RequestLogFilter) { requestLogs(filter: $filter) { nodes { id } } }'
const CREATE =
  'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { userErrors { message } } }'

const DATE_TIME = 'it must be an instant, RFC 3339 with an offset, such as "2026-11-29T08:00:00Z".'
const WHOLE = 'it must be a whole number from -2147483648 to 2147483647, such as 10.'

test.for<[string, Record<string, unknown>, string]>([
  [
    LOGS,
    { filter: { at: { from: 'yesterday; secret' } } },
    `"$filter" has an invalid value at "filter.at.from": ${DATE_TIME}`,
  ],
  [
    LOGS,
    { filter: { at: { from: 17 } } },
    `"$filter" has an invalid value at "filter.at.from": ${DATE_TIME}`,
  ],
  [
    CREATE,
    { input: { name: 'x', expiresAt: '2026-13-01' } },
    `"$input" has an invalid value at "input.expiresAt": ${DATE_TIME}`,
  ],
  [
    CREATE,
    { input: { name: 'x', expiresInDays: 'secret: 3' } },
    `"$input" has an invalid value at "input.expiresInDays": ${WHOLE}`,
  ],
  [
    CREATE,
    { input: { name: 'x', expiresInDays: 1.5 } },
    `"$input" has an invalid value at "input.expiresInDays": ${WHOLE}`,
  ],
  [
    CREATE,
    { input: { name: ['secret'] } },
    '"$input" has an invalid value at "input.name": it must be text, such as "example".',
  ],
  [
    CREATE,
    { input: { name: 'x', neverExpires: 'secret' } },
    '"$input" has an invalid value at "input.neverExpires": it must be true or false.',
  ],
  [
    CREATE,
    { input: { name: 'x', policy: { budgets: [{ window: 'DAY', limitUsd: { secret: 1 } }] } } },
    '"$input" has an invalid value at "input.policy.budgets[0].limitUsd": it must be a decimal number as text, such as "2.50".',
  ],
  [
    LOGS,
    { filter: { outcome: ['SUCCESS', 'secret'] } },
    '"$filter" has an invalid value at "filter.outcome[1]": it must be one of CANCELLED, DENIED, ERROR, INTERRUPTED, SUCCESS.',
  ],
  [
    CREATE,
    { input: {} },
    '"$input" has an invalid value: Field "name" of required type "String!" was not provided.',
  ],
  [CREATE, { input: 'secret' }, '"$input" has an invalid value: it must be an object, a CreateApiKeyInput.'],
  [CREATE, { input: { name: null } }, '"$input" has an invalid value at "input.name": it must not be null.'],
  [
    CREATE,
    { input: { name: 'x', nam: 'y' } },
    '"$input" has an invalid value: Field "nam" is not defined by type "CreateApiKeyInput". Did you mean "name"?',
  ],
  [CREATE, {}, '"$input" of required type "CreateApiKeyInput!" was not provided.'],
])('%s %j', async ([query, variables, expected]) => {
  const { errors } = await server.graphql(query, variables)
  expect(errors?.[0]?.message).toBe(`Variable ${expected}`)
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(JSON.stringify(errors)).not.toContain('secret')
})

test('of a value in the document itself, the error says the form, too', async () => {
  const { errors } = await server.graphql('{ usage(range: { from: "yesterday" }) { totals { calls } } }')
  expect(errors?.[0]).toMatchObject({ locations: [{ line: 1, column: 24 }] })
  expect(errors?.[0]?.message).toBe(
    'A DateTime is an instant, RFC 3339 with an offset, such as "2026-11-29T08:00:00Z".',
  )
})

test('a long value is not repeated, not even in part', async () => {
  const { errors } = await server.graphql(CREATE, { input: { name: 'x', ['n'.repeat(10_000)]: 1 } })
  expect(errors?.[0]?.message.length).toBeLessThan(500)
})
