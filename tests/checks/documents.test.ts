// The places that documents name exist: a page that sends its reader to a file which has moved is worse than none.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { budgetWindowMaxMs } from '@latchkey/server/domain/policy/windows.ts'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { OPEN_FIELDS } from '@latchkey/server/graphql/access/declared-scopes.ts'
import { expect, test } from 'vitest'
import { repositoryFiles, repositoryRoot, repositoryText } from '../support/run/repository.ts'

const pages = () => repositoryFiles('*.md', ':!LICENSE')

/** Folders of the repository; within server/src a page may name a place by its room. */
const homes = ['', 'server/src/', 'server/src/gateway/', 'server/src/domain/']

// A page may name a folder by its last part alone, where the text around it says in which room that is.
const folders = new Set(
  repositoryFiles('server', 'sdk', 'console', 'prisma', 'tests', 'docs').flatMap((file) =>
    file.split('/').slice(0, -1),
  ),
)

/** Made by a build or a start. */
const made = new Set(['dist/', 'build/', 'data/'])

function exists(place: string): boolean {
  if (made.has(place)) return true
  if (/^[\w-]+\/$/.test(place) && folders.has(place.slice(0, -1))) return true
  return homes.some((home) => existsSync(join(repositoryRoot, home, place)))
}

test('every file and folder that a document names exists', () => {
  const missing: string[] = []
  let named = 0
  for (const page of pages()) {
    for (const [, place = ''] of repositoryText(page).matchAll(/`([\w(][\w().-]*(?:\/[\w().-]+)*\/?)`/g)) {
      // A file by a path, or a folder; a name alone may be of anything.
      if (!/\/[\w().-]+\.(?:ts|js|svelte|graphql|prisma|md|json)$|\/$/.test(place)) continue
      named++
      if (!exists(place)) missing.push(`${page} names ${place}`)
    }
  }
  expect(named).toBeGreaterThan(50)
  expect(missing).toEqual([])
})

test('every link between documents leads somewhere', () => {
  const broken: string[] = []
  for (const page of pages()) {
    for (const [, target = ''] of repositoryText(page).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      if (!existsSync(join(repositoryRoot, posix.dirname(page), target)))
        broken.push(`${page} links to ${target}`)
    }
  }
  expect(broken).toEqual([])
})

test('SECURITY.md names every operation that a client may send before it is identified', () => {
  const promises = repositoryText('SECURITY.md')
  expect([...OPEN_FIELDS].filter((field) => !promises.includes(`\`${field}\``))).toEqual([])
})

test('every test that SECURITY.md names for a promise exists', () => {
  const named = [...repositoryText('SECURITY.md').matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, name = '']) =>
    name.includes('/') ? name : `tests/security/${name}`,
  )
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((name) => !existsSync(join(repositoryRoot, name)))).toEqual([])
})

test.each(['docs/explanation/limits-and-costs.md', 'docs/reference/export.md'])(
  '%s says how long what budgets count from is kept',
  (page) => {
    // A longer window in `domain/policy/windows.ts` makes it longer.
    expect(repositoryText(page)).toContain(`${budgetWindowMaxMs() / DAY_MS} days at least`)
  },
)

test.each(['docs/README.md', 'docs/README.zh-CN.md'])('%s leads to every page of docs/', (index) => {
  const linked = [...repositoryText(index).matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) =>
    posix.join('docs', target).replace('.zh-CN.md', '.md'),
  )
  const all = repositoryFiles('docs/*/*.md').filter((page) => !page.endsWith('.zh-CN.md'))
  expect(all.filter((page) => !linked.includes(page))).toEqual([])
})
