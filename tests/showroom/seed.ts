// Fills an empty data directory with ninety days of history, to look at the console with.
// `node tests/showroom/seed.ts --data DIR [--calls 100000] [--seed 1] [--until 2026-03-01T00:00:00Z]`; DATABASE_URL names a
// PostgreSQL in place of the SQLite file. The same seed makes the same history up to the secrets, which the server makes.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { seedHistory } from './history/seed-history.ts'
import { FACTS_FILE, factsOf } from './showroom-facts.ts'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    calls: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    until: { type: 'string' },
  },
})
if (options.data === undefined) throw new Error('Say where: --data DIR, which must be empty or not exist.')
const dataDir = resolve(options.data)
if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
  throw new Error(`${dataDir} is not empty. Name another directory, or remove it.`)
mkdirSync(dataDir, { recursive: true, mode: 0o700 })
const calls = whole('calls', options.calls, 1_000, 10_000_000)
const seed = whole('seed', options.seed, 0, 2 ** 31)
const endMs = options.until === undefined ? Date.now() : Date.parse(options.until)
if (Number.isNaN(endMs)) throw new Error('--until must be an instant, such as 2026-03-01T00:00:00Z.')
const beganMs = performance.now()
const seeded = await seedHistory({
  dataDir,
  database: process.env.DATABASE_URL || null,
  calls,
  seed,
  endMs,
  onProgress: (text) => process.stderr.isTTY && process.stderr.write(`\r${text}`),
})
writeFileSync(join(dataDir, FACTS_FILE), JSON.stringify(factsOf(seeded, seed, endMs), null, 2), {
  mode: 0o600,
})
const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0)
console.log(`\n${seeded.calls} calls of ${seeded.keys.length} keys in ${seconds} s: ${dataDir}`)

function whole(name: string, text: string, from: number, to: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= from && value <= to) return value
  throw new Error(`--${name} must be a whole number from ${from} to ${to}.`)
}
