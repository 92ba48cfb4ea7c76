// One PostgreSQL for all files of a project; each file creates a database of its own on it.
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'
import '../run/provided-context.ts'

/** Vitest runs this before the project's first file and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  return postgres.stop
}
