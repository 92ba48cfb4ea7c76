// What an editor of policies has to know: the settings that bound them, and the models that there are.
import type { Model, Settings } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

export type PolicyContext = {
  settings: Settings
  /** At most a thousand. */
  models: readonly Model[]
}

const modelsMax = 1000

/** Reads both at once. */
export async function loadPolicyContext(signal: AbortSignal): Promise<PolicyContext> {
  const [settings, models] = await Promise.all([latchkey.settings.get({ signal }), allModels(signal)])
  return { settings, models }
}

async function allModels(signal: AbortSignal): Promise<Model[]> {
  const models: Model[] = []
  for await (const model of latchkey.models.list({ first: 100 }, { signal })) {
    models.push(model)
    if (models.length >= modelsMax) break
  }
  return models
}
