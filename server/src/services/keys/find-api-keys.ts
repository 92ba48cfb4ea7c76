// Reading API keys: one, several, a page by status and search, how many there are.
import type { ApiKeyFilter, ApiKeyPage } from '../../domain/keys/api-key-query.ts'
import * as queries from '../../store/queries/api-keys.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ApiKeyRow } from './api-key-row.ts'

export type { ApiKeyFilter } from '../../domain/keys/api-key-query.ts'

/** A page of keys, newest first. */
export async function findApiKeys(
  plane: ControlPlane,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
): Promise<ApiKeyRow[]> {
  await plane.ledger.settled()
  const ids = await queries.findApiKeyIds(plane.store, filter, page, plane.clock())
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: ids } }, orderBy: { id: 'desc' } })
}

export async function countApiKeys(plane: ControlPlane, filter: ApiKeyFilter): Promise<number> {
  return queries.countApiKeys(plane.store, filter, plane.clock())
}

export async function findApiKey(plane: ControlPlane, number: number): Promise<ApiKeyRow | null> {
  await plane.ledger.settled()
  return plane.store.prisma.apiKey.findUnique({ where: { id: number } })
}

/** The keys of these numbers that exist, in no order, with one query. */
export async function findApiKeysByNumber(plane: ControlPlane, numbers: number[]): Promise<ApiKeyRow[]> {
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: numbers } } })
}
