import type { GraphqlContext } from '../../context.ts'

/** What the second factors of an admin need of a request. */
export function factorDeps({ plane, codes, challenges }: GraphqlContext) {
  const { store, clock, encryptionKey } = plane
  return { store, clock, encryptionKey, codes, challenges }
}
