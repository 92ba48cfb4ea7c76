// Writes sdk/schema.graphql from the code. `--check` compares instead, `--stdout` prints.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from './src/graphql/schema.ts'

const FILE = join(import.meta.dirname, '..', 'sdk', 'schema.graphql')
const HEADER = '# Printed from server/src/graphql by `node server/print-schema.ts`. Do not edit.\n\n'

const printed = `${HEADER}${printSchema(lexicographicSortSchema(schema))}\n`

if (process.argv.includes('--stdout')) {
  process.stdout.write(printed)
} else if (process.argv.includes('--check')) {
  const committed = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
  if (committed !== printed) {
    console.error(`sdk/schema.graphql is not what the code says. Run: node server/print-schema.ts\n`)
    console.error(difference(committed.split('\n'), printed.split('\n')))
    process.exitCode = 1
  }
} else {
  writeFileSync(FILE, printed)
}

/** The lines between the first and the last that differ, with three around them. */
function difference(old: string[], fresh: string[]): string {
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++
  let same = 0
  while (same < Math.min(old.length, fresh.length) - start && old.at(-1 - same) === fresh.at(-1 - same))
    same++
  return [
    `@@ line ${start + 1} @@`,
    ...old.slice(Math.max(0, start - 3), start).map((line) => `  ${line}`),
    ...old.slice(start, old.length - same).map((line) => `- ${line}`),
    ...fresh.slice(start, fresh.length - same).map((line) => `+ ${line}`),
    ...fresh.slice(fresh.length - same, fresh.length - same + 3).map((line) => `  ${line}`),
  ].join('\n')
}
