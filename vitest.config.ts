import { join } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import './tests/support/run/provided-context.ts'

const support = join(import.meta.dirname, 'tests', 'support')

type Settings = NonNullable<TestProjectInlineConfiguration['test']>

function project(name: string, groupOrder: number, settings: Settings): TestProjectInlineConfiguration {
  return {
    // Vite takes graphql's ES module and Node its CommonJS one, and graphql refuses to run twice in one process.
    resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
    test: {
      name,
      // Groups run one after the other, so whole tools, and tests that kill servers, do not share the machine.
      sequence: { groupOrder },
      // Two: each worker brings servers, databases and tools of its own.
      maxWorkers: 2,
      testTimeout: 30_000,
      hookTimeout: 120_000,
      // What is waited for comes in a moment, but on a machine with more to do than it can.
      expect: { poll: { timeout: 20_000 } },
      ...settings,
    },
  }
}

/**
 * What a person's run leaves to CI, so that it ends within ten minutes: the second database, the second implementation of
 * HTTP, clients of a size, and random bytes. `CI=true` or `--project NAME` runs them anywhere.
 */
const leftToCi: Record<string, string> = {
  'integration-postgresql': 'the integration tests on PostgreSQL',
  'fast-lane-off': 'the gateway tests with LATCHKEY_FAST_LANE=off',
  clients: 'client libraries and command-line agents, which take half a minute and a gigabyte to install',
  fuzz: 'random bytes to both implementations of HTTP',
}
const runsAll = process.env.CI === 'true' || process.argv.some((argument) => argument.startsWith('--project'))

const integration = ['tests/api/**/*.test.ts', 'tests/gateway/**/*.test.ts', 'tests/store/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: join(support, 'run', 'build-global-setup.ts'),
    reporters: [
      'default',
      [join(support, 'run', 'closing-line-reporter.ts'), { leftOut: runsAll ? {} : leftToCi }],
    ],
    projects: allProjects().filter(({ test }) => runsAll || leftToCi[String(test?.name)] === undefined),
  },
})

function allProjects(): TestProjectInlineConfiguration[] {
  return [
    project('unit', 0, {
      include: [
        'server/src/**/*.test.ts',
        'sdk/src/**/*.test.ts',
        'console/{*,src/**/*}.test.ts',
        'prisma/*.test.ts',
      ],
      // Pure functions leave nothing behind, and starting a worker for each file takes longer than they do.
      isolate: false,
    }),
    // Whole tools over the whole repository.
    project('checks', 1, { include: ['tests/checks/*.test.ts'], testTimeout: 180_000 }),
    project('integration-sqlite', 2, { include: integration, provide: { database: 'sqlite' } }),
    // But for what no database has a part in: how a call is tried, metered and responded to, and how many statements a list is. And
    // but for the seeded history, whose statements the other tests hold and which takes minutes there.
    project('integration-postgresql', 2, {
      include: integration,
      exclude: [
        ...['attempt', 'metering', 'response'].map((stage) => `tests/gateway/${stage}/**`),
        'tests/api/server/query-counts.test.ts',
        'tests/store/seeded-history.test.ts',
      ],
      provide: { database: 'postgresql' },
      globalSetup: join(support, 'databases', 'postgres-global-setup.ts'),
    }),
    project('conformance', 2, { include: ['tests/conformance/*.test.ts'] }),
    // Every call by way of node:http, as it is where the fast lane is switched off. Left out is what is decided after a request has
    // been read, by code that both ways share.
    project('fast-lane-off', 2, {
      include: ['tests/gateway/**/*.test.ts', 'tests/conformance/*.test.ts'],
      exclude: [
        ...['admission', 'capture', 'identity', 'pricing', 'workers'].map(
          (stage) => `tests/gateway/${stage}/**`,
        ),
        'tests/conformance/recipes.test.ts',
      ],
      provide: { database: 'sqlite' },
      env: { LATCHKEY_FAST_LANE: 'off' },
    }),
    // What is promised in SECURITY.md: one test named after each guarantee, with the kind's other members in a table.
    project('security', 2, { include: ['tests/security/**/*.test.ts'], provide: { database: 'sqlite' } }),
    // Many cases in one test: FUZZ_CASES and FUZZ_SEED say how many and which.
    project('fuzz', 2, { include: ['tests/fuzz/**/*.test.ts'], testTimeout: 3_600_000 }),
    // An upstream that does wrong harms nobody else.
    project('upstream-faults', 2, {
      include: ['tests/faults/upstream/**/*.test.ts'],
      provide: { database: 'sqlite' },
      testTimeout: 60_000,
    }),
    // These stop databases and kill servers: one at a time.
    project('faults', 3, {
      include: ['tests/faults/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 180_000,
      globalSetup: join(support, 'databases', 'postgres-global-setup.ts'),
    }),
    // Each client is a process or two of its own.
    project('clients', 4, {
      include: ['tests/conformance/clients/*.test.ts'],
      testTimeout: 600_000,
      globalSetup: join(support, 'clients', 'installed', 'install-clients.ts'),
    }),
    project('e2e', 4, { include: ['tests/e2e/**/*.test.ts'], testTimeout: 60_000 }),
  ]
}
