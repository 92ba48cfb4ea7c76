import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

describe.each(['sqlite', 'postgresql'])('the migrations of %s', (provider) => {
  const folders = Map.groupBy(
    repositoryFiles(`prisma/migrations/${provider}`).map((path) => path.split('/').slice(3)),
    ([folder]) => folder ?? '',
  )

  test('each have their SQL, and the newest the models that it leads to', () => {
    const newest = [...folders.keys()].sort().at(-1)
    expect([...folders.keys()], 'no migration at all').not.toEqual([])
    for (const [folder, files] of folders) {
      expect(folder, 'a migration is named by its UTC time and what it does').toMatch(/^\d{14}_[a-z0-9_]+$/)
      const wanted = folder === newest ? ['migration.sql', 'models.snapshot'] : ['migration.sql']
      expect(files.map((parts) => parts.slice(1).join('/')).sort(), folder).toEqual(wanted)
    }
  })

  test('lead to models.prisma (otherwise: node prisma/migration-new.ts <name>)', () => {
    const last = [...folders.keys()].sort().at(-1)
    const snapshot = repositoryText(`prisma/migrations/${provider}/${last}/models.snapshot`)
    expect(snapshot).toBe(repositoryText('prisma/models.prisma'))
  })
})

test('both databases have been through the same migrations', () => {
  const names = (provider: string) => [
    ...new Set(repositoryFiles(`prisma/migrations/${provider}`).map((path) => path.split('/')[3])),
  ]
  expect(names('postgresql')).toEqual(names('sqlite'))
})
