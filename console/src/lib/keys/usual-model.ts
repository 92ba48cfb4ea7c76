// Which model a key is tried with, and set up for, where nobody has named one.
import type { KeyPolicyInput, Model } from '@latchkey/sdk'
import { allowsModel } from './effective-policy.ts'

// What the default model is on a server where nobody has chosen one. It only repeats what it is sent.
const ECHO = 'echo'

/**
 * The default model where the rules of the key admit it, budgets included, else the first that they do; a name in its own rule where
 * none is known here. The built-in echo only where no model is published that the key may call.
 */
export function usualModel(
  policy: KeyPolicyInput | null,
  models: readonly Pick<Model, 'name' | 'enabled' | 'price'>[],
  defaultModel: string | null | undefined,
): string | undefined {
  const deniesUnpriced = policy?.budgets?.some(({ unpriced }) => unpriced !== 'ALLOW') ?? false
  /** Of a model that is not known here, as far as can be told. */
  const admits = (name: string) =>
    allowsModel(policy, name) &&
    !(deniesUnpriced && models.some((each) => each.name === name && each.price === null))
  if (defaultModel && defaultModel !== ECHO && admits(defaultModel)) return defaultModel
  const callable = models.find(({ name, enabled }) => enabled && !name.includes('*') && admits(name))
  const named = policy?.models?.allow?.find((name) => !name.includes('*'))
  return callable?.name ?? named ?? defaultModel ?? undefined
}
