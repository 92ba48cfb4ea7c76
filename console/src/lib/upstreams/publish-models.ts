// Makes models of an upstream callable: a model each, or a further route of one that has the name already.
import type { Model } from '@latchkey/sdk'
import { errorText } from '#lib/error-text.ts'
import { latchkey } from '#lib/latchkey.ts'

export type Published = { done: string[]; failed: { name: string; error: string }[] }

/**
 * Publishes each under the upstream's own name. A model of that name keeps its routes, and has this one after them: it takes calls
 * when the others cannot.
 */
export async function publishModels(
  upstreamId: string,
  names: readonly string[],
  existing: readonly Model[],
): Promise<Published> {
  const result: Published = { done: [], failed: [] }
  for (const name of names) {
    try {
      const model = existing.find((each) => each.name === name)
      if (model) {
        const last = Math.max(...model.routes.map(({ priority }) => priority))
        await latchkey.models.update(model.id, {
          expectedVersion: model.version,
          routes: [
            ...model.routes.map(({ upstream, upstreamModel, priority, weight }) => ({
              upstreamId: upstream.id,
              upstreamModel,
              priority,
              weight,
            })),
            { upstreamId, upstreamModel: name, priority: Math.min(1000, last + 1), weight: 1 },
          ],
        })
      } else {
        await latchkey.models.create({
          name,
          enabled: true,
          isDefault: false,
          sessionAffinity: true,
          routes: [{ upstreamId, upstreamModel: name, priority: 0, weight: 1 }],
        })
      }
      result.done.push(name)
    } catch (error) {
      result.failed.push({ name, error: errorText(error) })
    }
  }
  return result
}

/** How what an upstream lists stands to what is published of it. */
export function compareModels(upstreamId: string, listed: readonly string[], models: readonly Model[]) {
  const published = new Set(
    models.flatMap(({ routes }) =>
      routes.filter(({ upstream }) => upstream.id === upstreamId).map(({ upstreamModel }) => upstreamModel),
    ),
  )
  const there = new Set(listed)
  return {
    fresh: listed.filter((name) => !published.has(name)),
    published: listed.filter((name) => published.has(name)),
    // A pattern is no name that a list could have.
    missing: [...published].filter((name) => !there.has(name) && !name.includes('*')),
  }
}
