import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'
import { breachesOfImportLaw } from './import-law.ts'

describe('the import law', () => {
  test('holds in this repository', () => {
    const paths = repositoryFiles('*.ts', '*.svelte').filter((path) => path.includes('/'))
    const sources = new Map(paths.map((path) => [path, repositoryText(path)]))
    expect(sources.size).toBeGreaterThan(0)
    const breaches = breachesOfImportLaw(sources)
    expect(breaches.length, `\n${breaches.join('\n')}\n`).toBe(0)
  })

  test('lets a well-made server through', () => {
    expect(
      judge({
        'server/src/main.ts': `import { run } from './app/run.ts'`,
        'server/src/app/run.ts': `import '../gateway/call.ts'; import '../graphql/schema.ts'; import './settings/config.ts'`,
        'server/src/app/settings/config.ts': `import '../../domain/key.ts'; export const port = process.env.PORT`,
        'server/src/app/settings/config.test.ts': `import './config.ts'; import { test } from 'vitest'; process.env.PORT = '1'`,
        'server/src/http/client/client.ts': `import 'undici'; import '../../domain/key.ts'`,
        'server/src/gateway/call.ts': `import './forward.ts'; import '../ledger/journal.ts'; import '../http/client/client.ts'`,
        'server/src/gateway/forward.ts': `new URL('./x', 'http://a')`,
        'server/src/ledger/journal.ts': `import '../store/database.ts'; new URL('./ingest.ts', import.meta.url)`,
        'server/src/ledger/ingest.ts': '',
        'server/src/store/database.ts': `import { PrismaClient } from '@latchkey/prisma/sqlite'`,
        'server/src/services/keys.ts': `import '../domain/key.ts'`,
        'server/src/graphql/schema.ts': `import '../services/keys.ts'; import '@latchkey/prisma/pothos'`,
        'server/src/ops/health.ts': `import '../store/database.ts'`,
        'server/src/domain/key.ts': `import { createHash } from 'node:crypto'; import { BlockList } from 'node:net'; import '@internationalized/date'`,
        'server/src/domain/key.test.ts': `import { expect } from 'vitest'; import { hash } from './key.ts'`,
        'server/src/cli/explain.ts': `import { Latchkey } from '@latchkey/sdk'`,
        'server/print-schema.ts': `import './src/graphql/schema.ts'`,
        'console/src/routes/+page.svelte': `<script lang="ts">import '@latchkey/sdk'; import '#lib/x.ts'</script>`,
        'tests/api/keys.test.ts': `import '@latchkey/server/app/create-app.ts'; import '@latchkey/prisma/sqlite'`,
      }),
    ).toEqual([])
  })

  test.each([
    [
      'a gateway that asks the control plane',
      'gateway/a.ts',
      `import '../graphql/b.ts'`,
      'must not wait for',
    ],
    [
      'a control plane that reaches into the gateway',
      'graphql/a.ts',
      `import '../gateway/b.ts'`,
      'translates between',
    ],
    [
      'an API that goes past the services',
      'rest/a.ts',
      `import '../store/b.ts'`,
      'neither checked nor audited',
    ],
    ['a second room with a Prisma client', 'ledger/a.ts', `import '@latchkey/prisma/sqlite'`, 'may import'],
    ['generated code by its path', 'services/a.ts', `import '../../../prisma/generated/b.ts'`, 'may import'],
    ['I/O in the domain', 'domain/a.ts', `import { readFile } from 'node:fs/promises'`, 'without a database'],
    ['a package in the domain', 'domain/a.ts', `import { z } from 'zod'`, 'without a database'],
    [
      'a type from a forbidden room',
      'store/a.ts',
      `import type { B } from '../ledger/b.ts'`,
      'only room that',
    ],
    ['a dynamic import', 'store/a.ts', `await import('../ledger/b.ts')`, 'only room that'],
    ['a type in passing', 'store/a.ts', `let b: import('../ledger/b.ts').B`, 'only room that'],
    ['a re-export', 'auth/a.ts', `export * from '../services/b.ts'`, 'who an admin is'],
    [
      'a worker in a forbidden room',
      'auth/a.ts',
      `new URL('../services/b.ts', import.meta.url)`,
      'who an admin',
    ],
    ['its own package by name', 'auth/a.ts', `import '@latchkey/server/services/b.ts'`, 'who an admin is'],
    [
      'a configuration that needs a room',
      'app/settings/a.ts',
      `import '../../auth/b.ts'`,
      'before anything exists',
    ],
    ['a rule of the product in HTTP', 'http/a.ts', `import '../gateway/b.ts'`, 'without a product rule'],
    ['a channel that knows what goes over it', 'rpc/a.ts', `import '../domain/b.ts'`, 'below them all'],
    ['a process that builds by itself', 'main.ts', `import './gateway/b.ts'`, 'built in app/'],
    ['a server that needs its client', 'app/a.ts', `import '@latchkey/sdk'`, 'must not need them'],
    ['a service that needs it', 'services/a.ts', `import '@latchkey/sdk'`, 'must not need them'],
    [
      'a server that needs the tests',
      'app/a.ts',
      `import '../../../tests/support/b.ts'`,
      'nobody imports tests/',
    ],
    [
      'a room that reads the configuration itself',
      'gateway/a.ts',
      `import type { B } from '../app/settings/config.ts'`,
      'handed',
    ],
    ['a room that the law does not know', 'billing/a.ts', '', 'a new room needs a place in the law'],
    ['a drawer', 'gateway/utils/a.ts', '', 'says nothing'],
    ['a drawer that is a file', 'gateway/helpers.ts', '', 'says nothing'],
    ['a second reader of the environment', 'store/a.ts', 'const path = process.env.PATH', 'config.ts parses'],
    ['one that imports it', 'store/a.ts', `import { env } from 'node:process'`, 'config.ts parses'],
    ['one that unpacks it', 'store/a.ts', 'const { env } = globalThis.process', 'config.ts parses'],
  ])('catches %s', (_, file, text, why) => {
    expect(judge({ [`server/src/${file}`]: text })).toEqual([expect.stringContaining(why)])
  })

  test.each([
    ['an SDK that reaches into the server', 'sdk/src/a.ts', `import '@latchkey/server/domain/key.ts'`],
    ['an SDK that reaches for the models', 'sdk/src/a.ts', `import '@latchkey/prisma/sqlite'`],
    ['a console that goes past the SDK', 'console/src/a.ts', `import '../../server/src/domain/key.ts'`],
    [
      'a component that does',
      'console/src/A.svelte',
      `<p/><script lang="ts">import '@latchkey/server/app/create-app.ts'</script>`,
    ],
    ['a schema that knows its readers', 'prisma/a.ts', `import '@latchkey/server/store/a.ts'`],
  ])('catches %s', (_, file, text) => {
    expect(judge({ [file]: text })).toEqual([expect.stringContaining(`${file} imports`)])
  })

  test('names file, import, rule and reason', () => {
    expect(judge({ 'server/src/gateway/a.ts': `import '../graphql/b.ts'` })).toEqual([
      'server/src/gateway/a.ts imports ../graphql/b.ts. Rule: gateway/ may import its own files, domain/, rpc/, http/, ' +
        'ledger/, store/. Why: gateway/ and graphql/ never see each other: the data plane must not wait for the control plane.',
    ])
  })

  test('catches a ring of files, which no rule on rooms would', () => {
    const ring = {
      'server/src/domain/a.ts': `import './b.ts'`,
      'server/src/domain/b.ts': `import { type C } from './c.ts'`,
      'server/src/domain/c.ts': `export { a } from './a.ts'`,
    }
    expect(judge(ring)).toEqual([expect.stringContaining('a.ts → server/src/domain/b.ts')])
    // Types too: what two files must know of each other belongs in a third.
    const ofTypes = judge({ ...ring, 'server/src/domain/c.ts': `import type { A } from './a.ts'` })
    expect(ofTypes).toEqual([expect.stringContaining('is a cycle')])
  })

  test.each([
    ['the SDK', 'sdk/src/a.ts', `import type { B } from './b.ts'`, 'sdk/src/b.ts', `import './a.ts'`],
    ['the tests', 'tests/a.ts', `import './api/b.ts'`, 'tests/api/b.ts', `import type { A } from '../a.ts'`],
    [
      'the console',
      'console/src/lib/a.svelte.ts',
      `import type { B } from './B.svelte'`,
      'console/src/lib/B.svelte',
      `<script lang="ts">import { a } from '#lib/a.svelte.ts'</script>`,
    ],
  ])('catches a ring of files of %s', (_, one, text, other, otherText) => {
    expect(judge({ [one]: text, [other]: otherText })).toEqual([
      expect.stringContaining(`${one} → ${other} → ${one} is a cycle. Rule: no cycles between files.`),
    ])
  })

  test('catches a ring of rooms, even one of types', () => {
    const breaches = judge({
      'server/src/store/a.ts': `import type { B } from '../ledger/b.ts'`,
      'server/src/ledger/b.ts': `import '../store/c.ts'`,
    })
    expect(breaches).toContainEqual(expect.stringContaining('store → ledger → store is a cycle'))
  })
})

function judge(sources: Record<string, string>): string[] {
  return breachesOfImportLaw(new Map(Object.entries(sources)))
}
