// Where the cause of a call's end lies, where that is an upstream or the price of a model.
import type { Model, RequestLog } from '@latchkey/sdk'
import { exactPatternTest } from '#lib/models/name-pattern.ts'

const upstreamCodes: ReadonlySet<string> = new Set([
  'upstreams_cooling_down',
  'upstream_unreachable',
  'upstream_interrupted',
  'upstream_invalid_answer',
  'upstream_error_page',
  'upstream_timeout',
  'upstream_redirected',
  'upstream_refused_upgrade',
  'upstream_refused_credential',
])

export type EndedCall = Pick<RequestLog, 'outcome' | 'errorCode' | 'upstream' | 'requestedModel'>

/** The name of the upstream that has to be looked at; null: the cause lies elsewhere. */
export function failedUpstream({ outcome, errorCode, upstream }: EndedCall): string | null {
  return outcome !== 'CANCELLED' && upstreamCodes.has(errorCode ?? '') ? upstream : null
}

/** The requested model whose price was missing; null: the cause lies elsewhere, or the call named none. */
export function unpricedModel({ outcome, errorCode, requestedModel }: EndedCall): string | null {
  return outcome !== 'CANCELLED' && errorCode === 'price_unknown' ? requestedModel : null
}

/** The ids of those two; null: the cause lies elsewhere, there is none of that name any more, or the reader may not see it. */
export type NamedRecords = { upstreamId: string | null; modelId: string | null }

export const noRecords: NamedRecords = { upstreamId: null, modelId: null }

/**
 * The model that a call of this name goes to, as the server chooses it: the one of that name (of `auto` the default model), else the
 * enabled pattern with the most letters that fits.
 */
export function modelNamed<T extends Pick<Model, 'name' | 'enabled' | 'isDefault'>>(
  models: readonly T[],
  requested: string,
): T | null {
  const standIn = standIns.includes(requested) ? models.find(({ isDefault }) => isDefault) : undefined
  const name = standIn?.name ?? requested
  const own = models.find((model) => model.name === name)
  if (own) return own
  const fitting = models.filter(
    (model) => model.enabled && model.name.includes('*') && exactPatternTest(model.name)(name),
  )
  return fitting.sort((a, b) => b.name.length - a.name.length)[0] ?? null
}

/** What the default model stands for. */
const standIns: readonly string[] = ['auto', 'local-gemini-auto']
