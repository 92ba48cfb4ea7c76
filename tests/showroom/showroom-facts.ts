// What whoever looks at the seeded server needs to know of it: written beside its database, read by tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SPECIAL_KEYS } from './cast/special-keys.ts'
import { ADMIN, SHOWROOM_PASSWORD } from './history/admin-desk.ts'
import type { SeededHistory } from './history/seed-history.ts'

export const FACTS_FILE = 'showroom.json'

export type ShowroomFacts = {
  username: string
  password: string
  seed: number
  /** The end of the history. */
  until: string
  calls: number
  /** The keys with a story, by name. Their secrets are of a server that nobody uses. */
  keys: Record<string, { id: string; secret: string; formerSecret: string | null }>
  /** The last call of such a key that ended with this error: `KEY ERROR` → request id. */
  requestIds: Record<string, string>
}

/** The facts of a history. */
export function factsOf(
  { calls, keys, recentIds }: SeededHistory,
  seed: number,
  endMs: number,
): ShowroomFacts {
  const special = keys.slice(0, SPECIAL_KEYS.length)
  const names = new Map(special.map(({ id, name }) => [id?.replace('key_', ''), name]))
  return {
    username: ADMIN.username,
    password: SHOWROOM_PASSWORD,
    seed,
    until: new Date(endMs).toISOString(),
    calls,
    keys: Object.fromEntries(
      special.map(({ name, id, secret, formerSecret }) => [name, { id: id ?? '', secret, formerSecret }]),
    ),
    requestIds: Object.fromEntries(
      [...recentIds].flatMap(([place, id]) => {
        const [key, code] = place.split(' ')
        const name = names.get(key)
        return name === undefined ? [] : [[`${name} ${code}`, id]]
      }),
    ),
  }
}

/** Reads them. Throws where the data directory was not seeded. */
export function readFacts(dataDir: string): ShowroomFacts {
  return JSON.parse(readFileSync(join(dataDir, FACTS_FILE), 'utf8')) as ShowroomFacts
}
