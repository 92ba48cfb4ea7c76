// Which calls that pass through unread may set a model to work.

// Storage: what is put there is used by no model before another call says so. An index is made by the upstream's own choice.
const STORES: ReadonlySet<string> = new Set([
  'containers',
  'conversations',
  'files',
  'skills',
  'uploads',
  'vaults',
  'vector_stores',
  'webhook_endpoints',
])

/**
 * True for a call whose model only its upstream knows, so that a key for certain models may not make it: a batch or a run
 * could be of any. `path` starts with `/v1/`.
 */
export function mayUseModel(method: string, path: string): boolean {
  if (method !== 'POST' || path.endsWith('/cancel')) return false
  const [first = ''] = path.slice('/v1/'.length).split('/', 1)
  return !STORES.has(first)
}

/** Whether a call of a model costs nothing by its path: one that only counts what another would be sent. */
export function isFreeOfCharge(path: string): boolean {
  return path === '/v1/responses/input_tokens'
}
