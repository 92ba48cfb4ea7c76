import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startOwnPostgres } from '../support/databases/own-postgres.ts'
import { createDatabase } from '../support/databases/postgres.ts'

test("the tests' own PostgreSQL comes back after a stop with its port and data", async () => {
  const postgres = await startOwnPostgres()
  onTestFinished(postgres.remove)
  const database = await createDatabase(postgres.url)

  const before = await connect(database.url)
  await before.query('CREATE TABLE kept AS SELECT 42 AS value')
  const lost = new Promise<void>((resolve) => before.once('end', resolve))
  // Without a listener, the loss of the connection would end the process.
  before.on('error', () => {})
  await postgres.stop()
  await lost
  await expect(connect(database.url)).rejects.toThrow('ECONNREFUSED')

  await postgres.start()
  const after = await connect(database.url)
  expect((await after.query('SELECT value FROM kept')).rows).toEqual([{ value: 42 }])
  await after.end()

  await database.drop()
  await expect(connect(database.url)).rejects.toThrow('does not exist')
})

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString })
  await client.connect()
  return client
}
