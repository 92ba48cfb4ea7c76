// The parameters that a saved view may have, which the server lists, are those that the console's screens have.
import { paramsOf } from '@latchkey/server/domain/views/view-screens.ts'
import { expect, test } from 'vitest'
import { repositoryText } from '../support/run/repository.ts'

const logFields = repositoryText('console/src/lib/logs/query/log-fields.ts')

test('every field of the query bar can be part of a view of request logs', () => {
  const fields = [...logFields.matchAll(/^ {2}(\w+): \{ kind: /gm)].flatMap(([, name = '']) => name)
  expect(fields.length).toBeGreaterThan(15)
  for (const screen of ['LOGS', 'KEY_LOGS'] as const)
    expect(fields.filter((name) => !paramsOf(screen).includes(name))).toEqual([])
})

test.each([
  ['KEYS', 'console/src/routes/(console)/keys/key-filter.ts', /params\.get\('(\w+)'\)/g],
  ['USAGE', 'console/src/routes/(console)/usage/usage-question.ts', /(?:choice|params\.get)\('(\w+)'/g],
  ['USAGE', 'console/src/lib/time/calendar-range.ts', /params\.get\('(\w+)'\)/g],
] as const)('every parameter of %s in %s can be part of a view', (screen, file, pattern) => {
  const names = [...repositoryText(file).matchAll(pattern)].flatMap(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(2)
  expect(names.filter((name) => !paramsOf(screen).includes(name))).toEqual([])
})
