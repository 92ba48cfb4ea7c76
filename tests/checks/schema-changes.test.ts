// What breaks the clients of the admin schema is acknowledged in CHANGELOG.md, and each deprecation says since when.
import { expect, test } from 'vitest'
import { repositoryText } from '../support/run/repository.ts'
import {
  ACKNOWLEDGED_SCHEMA,
  unacknowledgedBreaks,
  undatedDeprecations,
  withoutDescriptions,
} from './schema-changes.ts'

test('no change of the schema breaks clients without a word in CHANGELOG.md', async () => {
  const breaks = await unacknowledgedBreaks(
    repositoryText(ACKNOWLEDGED_SCHEMA),
    repositoryText('sdk/schema.graphql'),
    repositoryText('CHANGELOG.md'),
  )
  expect(breaks).toEqual([])
})

test('each deprecation says since which day', () => {
  expect(undatedDeprecations(repositoryText('sdk/schema.graphql'))).toEqual([])
})

const BEFORE = `type Query { "All keys." keys(first: Int): [Key!]! old: Int }
  type Key { id: ID! status: Status! } enum Status { ON OFF }`

test.for<[string, string, string]>([
  ['a field that is removed', BEFORE.replace(' old: Int', ''), 'Query.old'],
  ['a type that changes', BEFORE.replace('status: Status!', 'status: Status'), 'Key.status'],
  [
    'a required argument that is added',
    BEFORE.replace('first: Int', 'first: Int, by: Int!'),
    'Query.keys.by',
  ],
  ['an enum value that is removed', BEFORE.replace(' OFF', ''), 'Status.OFF'],
])('%s breaks, until it is acknowledged', async ([, after, path]) => {
  const bare = withoutDescriptions(BEFORE)
  const changelog = '## [Unreleased]\n### Breaking\n- nothing\n### Changed\n- `Query.old`\n## [1.0.0]\n'
  expect(await unacknowledgedBreaks(bare, after, changelog)).toEqual([expect.stringContaining(path)])
  const named = changelog.replace('nothing', `\`${path}\` goes`)
  expect(await unacknowledgedBreaks(bare, after, named)).toEqual([])
  // What an earlier version acknowledged does not count.
  const earlier = `## [Unreleased]\n\n${named.replace('## [Unreleased]', '## [0.9.0]')}`
  expect(await unacknowledgedBreaks(bare, after, earlier)).toHaveLength(1)
})

test('what is added, or said in other words, breaks nobody', async () => {
  const after = BEFORE.replace('All keys.', 'Every key.').replace('old: Int', 'old: Int new: Int')
  expect(await unacknowledgedBreaks(withoutDescriptions(BEFORE), after, '')).toEqual([])
})

test('a deprecation without a day is named', () => {
  const schema = (reason: string) => `type Query { old: Int @deprecated(reason: "${reason}") }`
  expect(undatedDeprecations(schema('Use new.'))).toEqual([expect.stringContaining('old is deprecated')])
  expect(undatedDeprecations(schema('Use new. Deprecated since 2026-11-29.'))).toEqual([])
})
