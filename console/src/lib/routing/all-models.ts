// All models with their routes, as far as one screen can show them.
import type { Model } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

const most = 1000

/** The newest 1,000 models. */
export async function allModels(signal?: AbortSignal): Promise<Model[]> {
  const models: Model[] = []
  for await (const model of latchkey.models.list({ first: 100 }, { signal })) {
    models.push(model)
    if (models.length >= most) break
  }
  return models
}

/** Those that have a route to the upstream. */
export function modelsAt(models: readonly Model[], upstreamId: string): Model[] {
  return models.filter(({ routes }) => routes.some(({ upstream }) => upstream.id === upstreamId))
}
