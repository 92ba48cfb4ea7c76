// Where limits that keys share are changed.

/** The page of the owner (`own_3`), or of the limits by label (`lim_3`); undefined where the reader may not open it. */
export function sharerHref({ id }: { id: string }, scopes: readonly string[]): string | undefined {
  if (!scopes.includes('owners:read')) return undefined
  const path = encodeURIComponent(id)
  return id.startsWith('lim_') ? `/labels/${path}` : `/owners/${path}?tab=limits`
}
