// Which model a key is tried with, and set up for, where nobody has named one.
import type { KeyPolicyInput, Model } from '@latchkey/sdk'
import { patternTest } from '#lib/models/name-pattern.ts'
import { allowsModel } from './effective-policy.ts'

// What the default model is on a server where nobody has chosen one. It only repeats what it is sent.
const ECHO = 'echo'

/**
 * The default model where the rules of the key admit it, budgets included, else the first that they do; a name in its own rule where
 * none is known here. The built-in echo only where no model is published that the key may call. Undefined where the key may call
 * none of them, as far as can be told: of a model that is not known here, its price is not.
 */
export function usualModel(
  policy: KeyPolicyInput | null,
  models: readonly Pick<Model, 'name' | 'enabled' | 'price'>[],
  defaultModel: string | null | undefined,
): string | undefined {
  const admits = (name: string) =>
    allowsModel(policy, name) &&
    !models.some(
      (each) =>
        each.name === name && (!each.enabled || (each.price === null && deniesUnpriced(policy, name))),
    )
  if (defaultModel && defaultModel !== ECHO && admits(defaultModel)) return defaultModel
  const callable = models.find(({ name }) => !name.includes('*') && admits(name))
  const named = policy?.models?.allow?.find((name) => !name.includes('*') && admits(name))
  return callable?.name ?? named ?? (defaultModel && admits(defaultModel) ? defaultModel : undefined)
}

/** Whether an enforced budget that counts a model denies it where it has no price. */
function deniesUnpriced(policy: KeyPolicyInput | null, name: string): boolean {
  return (policy?.budgets ?? []).some(
    ({ unpriced, mode, model }) =>
      unpriced !== 'ALLOW' && mode !== 'SHADOW' && (!model || patternTest(model)(name)),
  )
}
