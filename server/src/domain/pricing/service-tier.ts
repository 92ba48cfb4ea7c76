// Which service tiers have the list price. The catalog has no price of any other.

// OpenAI and Anthropic name the usual one; Groq's is on_demand. `auto` is what is requested: an upstream that returns it has no tiers.
const AT_LIST_PRICE: ReadonlySet<string> = new Set(['default', 'standard', 'auto', 'on_demand'])

/** The tier whose price is not known; null for one that costs the list price, or none. */
export function unpricedTier(tier: string | null): string | null {
  return tier === null || AT_LIST_PRICE.has(tier) ? null : tier
}
