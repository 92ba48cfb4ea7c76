// What vitest.config.ts and the global setups hand to tests, for `inject(…)`.
declare module 'vitest' {
  interface ProvidedContext {
    /** The database that this run of the integration tests is about. */
    database: 'sqlite' | 'postgresql'
    /** A server to create databases on; there only where `database` is "postgresql". */
    postgresUrl: string
  }
}

export type {}
