// Which models a key may call, for what has to name one.
import type { KeyPolicyInput, Model } from '@latchkey/sdk'
import { modelSource, type SearchSource } from '#lib/components/fields/search-sources.ts'
import { allowsModel } from './effective-policy.ts'

/** The default model where the rules of the key admit it, budgets included, else the first that they do; a name in its own rule where none is known here. */
export function usualModel(
  policy: KeyPolicyInput | null,
  models: readonly Model[],
  defaultModel: string | null | undefined,
): string | undefined {
  const deniesUnpriced = policy?.budgets?.some(({ unpriced }) => unpriced !== 'ALLOW') ?? false
  /** Of a model that is not known here, as far as can be told. */
  const admits = (name: string) =>
    allowsModel(policy, name) &&
    !(deniesUnpriced && models.some((each) => each.name === name && each.price === null))
  if (defaultModel && admits(defaultModel)) return defaultModel
  const callable = models.find(({ name, enabled }) => enabled && !name.includes('*') && admits(name))
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
