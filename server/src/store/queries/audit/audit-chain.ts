// The hash chain of audit events: its ends, what is not sealed yet, and what is, by position.
import {
  CHAIN_VERSION,
  type ChainedContent,
  type ChainLink,
  GENESIS_HASH,
} from '../../../domain/audit/audit-chain.ts'
import type { StoredAuditEvent } from '../../../domain/audit/audit-event-query.ts'
import { SQL, type SqlStatement } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { auditEventColumns, auditEventFrom, contentFrom } from './audit-event-rows.ts'

/** `checkpoint`: the last event that was removed; the genesis where none was. `head`: the last that was sealed. */
export type ChainEnds = { checkpoint: ChainLink; head: ChainLink }

/** A sealed event with the version of its canonical form. */
export type SealedAuditEvent = StoredAuditEvent & { link: ChainLink; version: number }

const GENESIS: ChainLink = { position: 0, hash: GENESIS_HASH }

/** The last event that is sealed and the last that was removed; both are the beginning of the chain where there is none. */
export async function readChainEnds(store: Store): Promise<ChainEnds> {
  const [row] = await store[SQL].all(
    'SELECT "headPosition", "headHash", "checkpointPosition", "checkpointHash" FROM "AuditChain" WHERE "id" = 1',
    [],
  )
  if (row === undefined) return { checkpoint: GENESIS, head: GENESIS }
  return {
    checkpoint: { position: Number(row.checkpointPosition), hash: bytes(row.checkpointHash) },
    head: { position: Number(row.headPosition), hash: bytes(row.headHash) },
  }
}

/** Committed events without a place in the chain, oldest first. */
export async function findUnsealed(store: Store, limit: number): Promise<ChainedContent[]> {
  const rows = await store[SQL].all(
    `SELECT ${auditEventColumns(store.kind)} FROM "AuditEvent" e WHERE e."chainPosition" IS NULL
     ORDER BY e."id" LIMIT ${Math.trunc(limit)}`,
    [],
  )
  return rows.map(contentFrom)
}

/** How many those are. */
export async function countUnsealed(store: Store): Promise<number> {
  const [row] = await store[SQL].all(
    'SELECT count(*) AS n FROM "AuditEvent" WHERE "chainPosition" IS NULL',
    [],
  )
  return Number(row?.n ?? 0)
}

/**
 * Gives events the places after `former`, in one transaction. Rejects, with nothing written, where `former` is the head of the chain
 * no more: another process has sealed meanwhile.
 */
export async function sealEvents(
  store: Store,
  former: ChainLink,
  links: readonly (ChainLink & { id: number })[],
): Promise<void> {
  const head = links.at(-1)
  if (head === undefined) return
  // First, so that two processes wait for each other here, and each breaks a constraint that was too late.
  const move: SqlStatement =
    former.position === 0
      ? {
          text: `INSERT INTO "AuditChain" ("id", "headPosition", "headHash", "checkpointPosition", "checkpointHash")
            VALUES (1, $1, $2, 0, $3)`,
          values: [head.position, head.hash, GENESIS_HASH],
        }
      : {
          text: `UPDATE "AuditChain" SET "headPosition" = CASE WHEN "headPosition" = CAST($1 AS INTEGER) THEN CAST($2 AS INTEGER) ELSE NULL END, "headHash" = $3
            WHERE "id" = 1`,
          values: [former.position, head.position, head.hash],
        }
  const places = links.map(({ id, position, hash }) => ({
    text: `UPDATE "AuditEvent" SET "chainPosition" = $1, "chainHash" = $2, "chainVersion" = ${CHAIN_VERSION}
      WHERE "id" = $3 AND "chainPosition" IS NULL`,
    values: [position, hash, id],
  }))
  await store[SQL].batch([move, ...places])
}

/** Sealed events after a position, in the order of the chain. */
export async function readSealed(store: Store, after: number, limit: number): Promise<SealedAuditEvent[]> {
  const rows = await store[SQL].scan(
    `SELECT ${auditEventColumns(store.kind)} FROM "AuditEvent" e WHERE e."chainPosition" > $1
     ORDER BY e."chainPosition" LIMIT ${Math.trunc(limit)}`,
    [after],
  )
  return rows.map((row) => ({
    ...auditEventFrom(row),
    link: { position: Number(row.chainPosition), hash: bytes(row.chainHash) },
    version: Number(row.chainVersion),
  }))
}

/** Removes the events up to and with `checkpoint`, where the rest of the chain then begins, in one transaction. */
export async function removeSealedThrough(store: Store, checkpoint: ChainLink): Promise<number> {
  const [removed = 0] = await store[SQL].batch([
    { text: 'DELETE FROM "AuditEvent" WHERE "chainPosition" <= $1', values: [checkpoint.position] },
    {
      text: 'UPDATE "AuditChain" SET "checkpointPosition" = $1, "checkpointHash" = $2 WHERE "id" = 1',
      values: [checkpoint.position, checkpoint.hash],
    },
  ])
  return removed
}

/** How far a sink has come; null: nothing was sent to it yet. */
export async function readCursor(store: Store, sink: string): Promise<number | null> {
  const [row] = await store[SQL].all('SELECT "position" FROM "AuditCursor" WHERE "sink" = $1', [sink])
  return row === undefined ? null : Number(row.position)
}

/** Notes up to which position an audit sink has events. */
export async function writeCursor(store: Store, sink: string, position: number): Promise<void> {
  await store[SQL].batch([
    {
      text: `INSERT INTO "AuditCursor" ("sink", "position") VALUES ($1, $2)
        ON CONFLICT ("sink") DO UPDATE SET "position" = excluded."position"`,
      values: [sink, position],
    },
  ])
}

function bytes(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(0)
}
