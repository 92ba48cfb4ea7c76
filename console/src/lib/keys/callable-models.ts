// Which models a key may call, to be searched.
import type { KeyPolicyInput } from '@latchkey/sdk'
import { modelSource, type SearchSource } from '#lib/components/fields/search-sources.ts'
import { allowsModel } from './effective-policy.ts'

/** Of all models those that the policy lets through. */
export function callableSource(policy: KeyPolicyInput | null): SearchSource {
  return {
    ...modelSource,
    search: async (text, signal) =>
      (await modelSource.search(text, signal)).filter(({ id }) => allowsModel(policy, id)),
  }
}
