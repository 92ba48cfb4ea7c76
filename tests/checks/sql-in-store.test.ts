import { expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'
import { sqlIn } from './sql-in-store.ts'

test('only store/ has SQL: another room calls a function that names what it reads', () => {
  const files = repositoryFiles('server/src/*.ts').filter(
    (file) => !file.startsWith('server/src/store/') && !file.endsWith('.test.ts'),
  )
  expect(files.length).toBeGreaterThan(100)
  const found = files.flatMap((file) => sqlIn(file, repositoryText(file)).map((what) => `${file} ${what}`))
  expect(found, `\n${found.join('\n')}\n`).toEqual([])
})

test.each([
  ['a statement', "db.all('SELECT 1 AS one')"],
  ['a part of one in a template', 'const order = `ORDER BY ' + '$' + '{column}`'],
  ['a condition', 'where.add(() => `l."id" < 1`)'],
  ['an update', 'const text = \'UPDATE "ApiKey" SET "name" = $1\''],
  ['the raw SQL of a store', "import { SQL } from '../../store/sql.ts'"],
  ['raw SQL by Prisma', 'tx.$executeRaw`LOCK`'],
])('finds %s', (_, text) => {
  expect(sqlIn('server/src/ledger/a.ts', text)).toHaveLength(1)
})

test.each([
  ['a comment', '// DELETE /api/keys: SELECT nothing'],
  ['a method of HTTP', "const method = 'DELETE'"],
  ['a query of Prisma', 'prisma.apiKey.findMany({ where: { id } })'],
])('lets %s pass', (_, text) => {
  expect(sqlIn('server/src/ledger/a.ts', text)).toEqual([])
})
