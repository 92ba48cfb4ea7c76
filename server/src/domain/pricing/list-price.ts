// Which of the catalog's prices are those of an upstream.
import { isIP } from 'node:net'
import type { UpstreamKind } from '../upstreams/upstream-kind.ts'
import type { PriceCatalog } from './catalog-prices.ts'
import type { PricedModel } from './prices.ts'

/** An upstream as the catalog may know it; `kind` null for one of the environment. */
export type ListedPlace = { kind: UpstreamKind | null; baseUrl: string }

const GOOGLE = 'google'
// https://platform.openai.com/docs/pricing#built-in-tools: a fee for each call, which the response does not mention.
const SEARCHES_EACH_CALL = /^gpt-[\w.-]+-search-(preview|api)/

/** The catalog's ids of the providers. What runs on one's own machines has no list price. */
const PROVIDERS: Record<Exclude<UpstreamKind, 'GENERIC'>, string | null> = {
  OPENAI: 'openai',
  GEMINI: GOOGLE,
  AZURE_OPENAI: 'azure',
  OPENROUTER: 'openrouter',
  OLLAMA: null,
  VLLM: null,
}

/** False where the catalog need not even be loaded to know that it has no price of this upstream. */
export function mayBeListed({ kind, baseUrl }: ListedPlace): boolean {
  if (kind !== null && kind !== 'GENERIC') return PROVIDERS[kind] !== null
  const { hostname } = new URL(baseUrl)
  return hostname.includes('.') && isIP(hostname) === 0
}

/** The catalog's id of the upstream's provider: by the kind that an admin has set, otherwise by its address. */
export function providerAt(catalog: PriceCatalog, { kind, baseUrl }: ListedPlace): string | null {
  return kind === null || kind === 'GENERIC' ? catalog.providerAt(baseUrl) : PROVIDERS[kind]
}

/** The list price of a model by its name at the upstream; null where there is none. */
export function listPrice(
  catalog: PriceCatalog,
  place: ListedPlace,
  model: string,
  atMs: number,
): PricedModel | null {
  if (!mayBeListed(place)) return null
  const provider = providerAt(catalog, place)
  if (provider === null) return null
  // Google's own lists name its models so.
  const name = provider === GOOGLE ? model.replace(/^models\//, '') : model
  const priced = catalog.priceOf(provider, name, atMs)
  return priced !== null && SEARCHES_EACH_CALL.test(name) ? { ...priced, searchesEachCall: true } : priced
}
