// Which models a key may call, for what has to name one.
import type { KeyPolicyInput, Model } from '@latchkey/sdk'
import { modelSource, type SearchSource } from '#lib/components/fields/search-sources.ts'
import { allowsModel } from './effective-policy.ts'

/** The default model where the key may call it, else the first that it may; a name in its own rule where none is known here. */
export function usualModel(
  policy: KeyPolicyInput | null,
  models: readonly Model[],
  defaultModel: string | null | undefined,
): string | undefined {
  if (defaultModel && allowsModel(policy, defaultModel)) return defaultModel
  const callable = models.find(
    ({ name, enabled }) => enabled && !name.includes('*') && allowsModel(policy, name),
  )
  const named = policy?.models?.allow?.find((name) => !name.includes('*'))
  return callable?.name ?? named ?? defaultModel ?? undefined
}

/** Of all models those that the policy lets through. */
export function callableSource(policy: KeyPolicyInput | null): SearchSource {
  return {
    ...modelSource,
    search: async (text, signal) =>
      (await modelSource.search(text, signal)).filter(({ id }) => allowsModel(policy, id)),
  }
}
