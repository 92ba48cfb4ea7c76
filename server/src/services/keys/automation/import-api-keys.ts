// Takes over keys whose secrets were made elsewhere, so that no application has to change its own on one day.
import type { Actor } from '../../../domain/admins/actor.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { changesBetween } from '../../../domain/audit/field-changes.ts'
import { type ReadSecret, readOwnSecret, readSecretHash } from '../../../domain/keys/own-secret.ts'
import { type Label, labelsText } from '../../../domain/labels/label.ts'
import { isWithinOwners } from '../../../domain/owners/owner-restriction.ts'
import { failed, ok, problemsOf, type Result, type UserError } from '../../../domain/user-error.ts'
import { takenHashes } from '../../../store/queries/keys/key-secrets.ts'
import type { Store } from '../../../store/store.ts'
import { lockTogether } from '../../../store/transaction-locks.ts'
import { brokenConstraint } from '../../broken-constraint.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { dryRunOf } from '../../dry-run.ts'
import { mayRelabel } from '../../labels/limited-labels.ts'
import { noSuchOwner, ownerRequired } from '../../owners/owner-row.ts'
import { readSettings } from '../../settings/settings-row.ts'
import {
  type ApiKeyRow,
  auditedFields,
  auditTarget,
  creationColumns,
  keyChange,
  keySecrets,
  secretColumns,
} from '../api-key-row.ts'
import { type NewKeyInput, readNewKey } from '../new-key-fields.ts'

export const IMPORT_MAX = 500
// In one transaction: some milliseconds of the one that writes.
const PER_TRANSACTION = 50
const ATTEMPTS_MAX = 3

/** Exactly one of `secret` and `secretHash`, a SHA-256 in hex, with which `start` may come. */
export type ImportedKeyInput = NewKeyInput & {
  secret: string | null
  secretHash: string | null
  start: string | null
}

/** What became of the item at `index`: a key, none in a dry run, or why there is none. */
export type ImportedItem = { index: number; apiKey: ApiKeyRow | null; errors: UserError[] }

type Import = { items: ImportedItem[]; imported: number }

type NewRow = Parameters<Store['prisma']['apiKey']['create']>[0]['data']

type Candidate = { index: number; input: ImportedKeyInput; secret: ReadSecret }

/**
 * Imports up to 500 keys, each by itself: what is wrong with one hinders no other. A secret that any key has or had, revoked keys
 * included, is refused, as are two of one import. In a dry run nothing is changed.
 */
export async function importApiKeys(
  plane: ControlPlane,
  actor: Actor,
  { items, dryRun }: { items: ImportedKeyInput[]; dryRun: boolean },
): Promise<Result<Import>> {
  if (items.length < 1 || items.length > IMPORT_MAX) {
    return failed(
      'OUT_OF_RANGE',
      'items',
      `items must have 1 to ${IMPORT_MAX} keys; it has ${items.length}.`,
      { minItems: 1, maxItems: IMPORT_MAX },
    )
  }
  const results: ImportedItem[] = items.map((_, index) => ({ index, apiKey: null, errors: [] }))
  const candidates = candidatesOf(items, results)
  const target = dryRun ? dryRunOf(plane) : plane
  let imported = 0
  for (let from = 0; from < candidates.length; from += PER_TRANSACTION) {
    const done = await importSome(target, actor, candidates.slice(from, from + PER_TRANSACTION))
    for (const item of done) {
      results[item.index] = dryRun ? { ...item, apiKey: null } : item
      if (item.errors.length > 0) continue
      imported++
      if (item.apiKey !== null) await target.announceKeyChange(keyChange(item.apiKey))
    }
  }
  return ok({ items: results, imported })
}

/** The items whose secrets can be read and are not twice in the import; the problems of the others go into `results`. */
function candidatesOf(items: ImportedKeyInput[], results: ImportedItem[]): Candidate[] {
  const hashes = new Map<string, number>()
  const externalIds = new Map<string, number>()
  return items.flatMap((input, index) => {
    const secret = readSecret(input)
    const problems = secret.ok ? [] : secret.errors
    const sameHash = secret.ok ? hashes.get(secret.value.hashHex) : undefined
    const sameId = input.externalId === null ? undefined : externalIds.get(input.externalId)
    if (sameHash !== undefined)
      problems.push(taken(secretField(input), `items[${sameHash}] has the same secret.`))
    if (sameId !== undefined) problems.push(taken('externalId', `items[${sameId}] has the same externalId.`))
    if (problems.length > 0 || !secret.ok) {
      results[index] = { index, apiKey: null, errors: placed(index, problems) }
      return []
    }
    hashes.set(secret.value.hashHex, index)
    if (input.externalId !== null) externalIds.set(input.externalId, index)
    return [{ index, input, secret: secret.value }]
  })
}

function readSecret({ secret, secretHash, start }: ImportedKeyInput): Result<ReadSecret> {
  if ((secret === null) === (secretHash === null))
    return failed('REQUIRED', 'secret', 'Send either secret or secretHash.')
  if (secret !== null) {
    if (start !== null) return failed('INVALID', 'start', 'start goes with secretHash only.')
    return readOwnSecret(secret, 'secret')
  }
  return readSecretHash(secretHash ?? '', start, 'secretHash')
}

/** In one transaction, again where another change of the same secrets came in between. */
async function importSome(plane: ControlPlane, actor: Actor, some: Candidate[]): Promise<ImportedItem[]> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await importOnce(plane, actor, some)
    } catch (error) {
      if (brokenConstraint(error) !== 'unique' || attempts >= ATTEMPTS_MAX) throw error
    }
  }
}

async function importOnce(plane: ControlPlane, actor: Actor, some: Candidate[]): Promise<ImportedItem[]> {
  const nowMs = plane.clock()
  return plane.store.prisma.$transaction(async (tx) => {
    await lockTogether(plane.store, tx, 'SETTINGS')
    const settings = await readSettings(tx)
    const known = await takenHashes(
      tx,
      some.map(({ secret }) => secret.hashHex),
    )
    const externalIds = some.flatMap(({ input }) => (input.externalId === null ? [] : [input.externalId]))
    const others = await tx.apiKey.findMany({
      where: { externalId: { in: externalIds } },
      select: { externalId: true },
    })
    const knownIds = new Set(others.map(({ externalId }) => externalId))
    const owners = await knownOwners(tx, some)
    const done: ImportedItem[] = []
    const accepted = new Map<string, { index: number; data: NewRow; labels: Label[] }>()
    for (const { index, input, secret } of some) {
      const fields = readNewKey(input, settings, nowMs)
      const problems = fields.ok ? [] : fields.errors
      if (known.has(secret.hashHex)) {
        const message = 'A key has this secret, or had it before its rotation. It may be revoked.'
        problems.push(taken(secretField(input), message))
      }
      if (knownIds.has(input.externalId) && input.externalId !== null)
        problems.push(taken('externalId', 'Another key has this externalId.'))
      const owner = input.owner ?? null
      const isKnown = owner === null || owners.has(owner)
      if (!isWithinOwners(actor, owner) || !isKnown)
        problems.push(...problemsOf(owner === null ? ownerRequired() : noSuchOwner('ownerId')))
      if (fields.ok) problems.push(...problemsOf(await mayRelabel(tx, actor, [], fields.value.labels)))
      if (problems.length > 0 || !fields.ok) {
        done.push({ index, apiKey: null, errors: placed(index, problems) })
        continue
      }
      const { labels, ...columns } = fields.value
      const data = {
        ...columns,
        ownerId: owner,
        ...secretColumns({ currentHash: secret.hashHex, formerHash: null, formerUntilMs: null }),
        secretStart: secret.start,
        secretForm: secret.isUuid ? 'UUID' : 'IMPORTED',
        ...creationColumns(actor, new Date(nowMs)),
      }
      accepted.set(secret.hashHex, { index, data, labels })
    }
    const rows = await tx.apiKey.createManyAndReturn({ data: [...accepted.values()].map(({ data }) => data) })
    const made = rows.flatMap((apiKey) => {
      const item = accepted.get(keySecrets(apiKey).currentHash)
      return item === undefined ? [] : [{ apiKey, ...item }]
    })
    await tx.apiKeyLabel.createMany({
      data: made.flatMap(({ apiKey, labels }) => labels.map((label) => ({ ...label, apiKeyId: apiKey.id }))),
    })
    await tx.auditEvent.createMany({
      data: made.map(({ apiKey, labels }) => {
        const changes = changesBetween(null, auditedFields({ ...apiKey, labels: labelsText(labels) }))
        return auditEvent(actor, 'api_key.import', auditTarget(apiKey), nowMs, changes)
      }),
    })
    for (const { apiKey, index } of made) done.push({ index, apiKey, errors: [] })
    return done
  })
}

/** Of the owners that keys are to belong to, those that exist. */
async function knownOwners(tx: Pick<Store['prisma'], 'owner'>, some: Candidate[]): Promise<Set<number>> {
  const sent = some.flatMap(({ input }) => (input.owner == null ? [] : [input.owner]))
  if (sent.length === 0) return new Set()
  const found = await tx.owner.findMany({ where: { id: { in: sent } }, select: { id: true } })
  return new Set(found.map(({ id }) => id))
}

function secretField({ secret }: ImportedKeyInput): string {
  return secret === null ? 'secretHash' : 'secret'
}

function taken(field: string, message: string): UserError {
  return { code: 'TAKEN', field, message }
}

/** Problems under the path of their item. */
function placed(index: number, errors: UserError[]): UserError[] {
  return errors.map((error) => ({ ...error, field: `items[${index}].${error.field ?? ''}` }))
}
