// A seeded data directory that tests copy: made once for a state of the repository, and anew when it is some hours old, since what a
// screen says of today would be of yesterday.
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from '../support/run/repository.ts'
import { runToEnd } from './run-to-end.ts'
import { FACTS_FILE } from './showroom-facts.ts'

const FRESH_MS = 6 * 3_600_000
/** Enough for every chart to have a shape. */
const CALLS = '30000'
const INPUTS = [
  'tests/showroom/{cast,history}/*.ts',
  'prisma/migrations/**/*.sql',
  'server/src/domain/logs/columns.ts',
]

/**
 * A copy of the template, to be removed by `remove`. SHOWROOM_DATA names a seeded directory to copy in its place. Rejects where it
 * cannot be made.
 */
export async function copyOfTemplate(): Promise<{ dataDir: string; remove(): void }> {
  const from = process.env.SHOWROOM_DATA || (await template())
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-showroom-copy-'))
  cpSync(from, dataDir, { recursive: true, filter: (path) => !path.endsWith('owner.lock') })
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) }
}

async function template(): Promise<string> {
  const folder = join(tmpdir(), `latchkey-showroom-${fingerprint()}`)
  const facts = join(folder, FACTS_FILE)
  if (existsSync(facts) && Date.now() - statSync(facts).mtimeMs < FRESH_MS) return folder
  rmSync(folder, { recursive: true, force: true })
  // Made under another name: a run that is interrupted leaves no half of one.
  const making = mkdtempSync(join(tmpdir(), 'latchkey-showroom-making-'))
  const data = join(making, 'data')
  mkdirSync(data, { mode: 0o700 })
  await runToEnd(['tests/showroom/seed.ts', '--data', data, '--calls', CALLS])
  try {
    renameSync(data, folder)
  } catch (error) {
    // Another process has made the same meanwhile.
    if (!existsSync(facts)) throw error
  }
  rmSync(making, { recursive: true, force: true })
  return folder
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const path of INPUTS.flatMap((input) => globSync(input, { cwd: repositoryRoot })).sort())
    hash.update(path).update(readFileSync(join(repositoryRoot, path)))
  return hash.digest('hex').slice(0, 12)
}
