import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'
import {
  breachesOfDocstrings,
  breachesOfProse,
  breachesOfTerms,
  breachesOfTree,
  FOLDER_MAX,
} from './house-rules.ts'

const sources = () =>
  repositoryFiles('*.ts', '*.svelte', ':!**/generated/**', ':!**/paraglide/**').filter((path) =>
    path.includes('/'),
  )

describe('the source tree', () => {
  test('has no crowded folder, no file name twice in a room, and no file named with a replaced word', () => {
    const paths = sources()
    expect(paths.length).toBeGreaterThan(500)
    const breaches = breachesOfTree(paths)
    expect(breaches.length, `\n${breaches.join('\n')}\n`).toBe(0)
  })

  test.each([
    [
      'a crowded folder',
      Array.from({ length: FOLDER_MAX + 1 }, (_, n) => `server/src/domain/keys/file-${n}.ts`),
      'holds 16',
    ],
    ['a name that occurs twice', ['server/src/ledger/a/x.ts', 'server/src/ledger/b/x.ts'], 'occurs 2 times'],
    ['a replaced word', ['server/src/gateway/next-way.ts'], 'named with "way"'],
  ])('catches %s', (_, paths, says) => {
    expect(breachesOfTree(paths)).toEqual([expect.stringContaining(says)])
  })

  test('counts no tests, and lets two rooms have a file of one name', () => {
    const tests = Array.from({ length: FOLDER_MAX + 1 }, (_, n) => `server/src/domain/keys/file-${n}.test.ts`)
    expect(breachesOfTree([...tests, 'server/src/ledger/a/x.ts', 'server/src/store/a/x.ts'])).toEqual([])
  })
})

describe('identifiers', () => {
  test('use the terms of the glossary', () => {
    const breaches = sources().flatMap((path) => breachesOfTerms(path, repositoryText(path)))
    expect(breaches.length, `\n${breaches.join('\n')}\n`).toBe(0)
  })

  test.each([
    ['a function', 'export function nextWay() {}', 'nextWay'],
    ['a constant', 'const MAX_WAYS = 1', 'MAX_WAYS'],
    ['a property', 'const a = { callerIp: 1 }', 'callerIp'],
    ['a private member', 'class A { #gone = false }', '#gone'],
    ['a type', 'type UsageCell = number', 'UsageCell'],
    ['a parameter', 'const f = (told: string) => 1', 'told'],
  ])('catches %s', (_, text, name) => {
    expect(breachesOfTerms('server/src/a.ts', text)).toEqual([expect.stringContaining(`names ${name}.`)])
  })

  test('catches one in a component', () => {
    expect(
      breachesOfTerms('console/src/A.svelte', '<p>way</p><script lang="ts">let ways = 1</script>'),
    ).toHaveLength(1)
  })

  test.each(['always', 'subway', 'awayFrom', 'cutCalls', 'executed', 'railway', 'BOOTSTRAP', 'surface'])(
    'lets %s through, which only contains or keeps one',
    (name) => {
      expect(breachesOfTerms('server/src/a.ts', `const ${name} = 1`)).toEqual([])
    },
  )
})

describe('exported functions', () => {
  test('have docstrings', () => {
    const paths = sources().filter((path) => !path.endsWith('.test.ts'))
    const breaches = paths.flatMap((path) => breachesOfDocstrings(path, repositoryText(path)))
    expect(breaches.length, `\n${breaches.join('\n')}\n`).toBe(0)
  })

  test.each([
    ['one without', 'export function f() {}', 1],
    ['one with a line comment', '// Adds.\nexport async function f() {}', 1],
    ['one with a docstring', '/** Adds. */\nexport function* f() {}', 0],
    ['overloads', '/** Adds. */\nexport function f(a: 1): 1\nexport function f(a: 2): 2 {}', 0],
    ['one of a component', '<script module>\n  export function f() {}\n</script>', 1],
  ])('judges %s', (_, text, count) => {
    expect(breachesOfDocstrings('server/src/a.ts', text)).toHaveLength(count)
  })
})

describe('comments and documents', () => {
  test('use the terms of the glossary', () => {
    const paths = [...sources(), ...repositoryFiles('*.md')].filter((path) => !path.includes('/house-rules.'))
    const breaches = paths.flatMap((path) => breachesOfProse(path, repositoryText(path)))
    expect(breaches.length, `\n${breaches.join('\n')}\n`).toBe(0)
  })

  test.each([
    ['a line comment', 'a.ts', 'const a = 1 // The answer of the upstream.', 'a.ts:1 says "answer"'],
    ['a block comment', 'a.ts', '\n/**\n * Aged out.\n */', 'a.ts:3 says "Aged out"'],
    [
      'a comment of a component',
      'a.svelte',
      '<!-- For callers. -->\n<p>answer</p>',
      'a.svelte:1 says "callers"',
    ],
    ['a document', 'a.md', '# Ok\n\nIt answers.', 'a.md:3 says "answers"'],
  ])('catch %s', (_, path, text, says) => {
    expect(breachesOfProse(path, text)).toEqual([expect.stringContaining(says)])
  })

  test.each([
    ['code', 'a.ts', "const a = 'answer' + `https://caller.test`"],
    ['a name in backticks', 'a.ts', '// Reads `caller` and `answers`.'],
    ['an example in a document', 'a.md', '```sh\nanswer\n```\n'],
    ['a word that only contains one', 'a.ts', '// A question is unanswerable.'],
  ])('let %s through', (_, path, text) => {
    expect(breachesOfProse(path, text)).toEqual([])
  })
})
