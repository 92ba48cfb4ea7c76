// Why a call ended as it did, and the one place where something can be done about it.
import type { LabelLimit, RequestLog } from '@latchkey/sdk'
import type { ScopedStep } from '#lib/components/controls/ScopedAction.svelte'
import { callErrorText, isGatewayError, isLogCode } from '#lib/errors/call-error-text.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'
import { sentences } from '#lib/preferences/sentences.ts'
import { outcomeMeaning } from '../../outcome-text.ts'
import { failedUpstream, type NamedRecords, unpricedModel } from './cause-place.ts'

export type Cause = {
  tone: 'plain' | 'warn' | 'bad'
  /** One sentence. */
  text: string
  /** What the upstream or the server wrote, in its own language; `lang` is null where that is not known. */
  quoted: { by: string; text: string; lang: 'en' | null } | null
  action: ScopedAction | null
  /** How the rules of the key judge such a call now. */
  explain: Action | null
}
type Action = { text: string; href: string }
type ScopedAction = Action & Pick<ScopedStep, 'scope'>

/**
 * `limits`: those of the label that denied the call. `records`: the upstream and the model that the action leads to. Null for a call
 * that succeeded and for which no rule in shadow mode had anything to say.
 */
export function causeOf(log: RequestLog, limits: readonly LabelLimit[], records: NamedRecords): Cause | null {
  if (log.outcome === 'SUCCESS') {
    if (log.shadowDenials.length === 0) return null
    const reasons = sentences(...log.shadowDenials.map((code) => callErrorText(code)))
    return {
      tone: 'plain',
      text: m.logs_cause_shadow({ reasons }),
      quoted: null,
      action: limitsAction(log, limits),
      explain: explainAction(log),
    }
  }
  const tone = log.outcome === 'CANCELLED' ? 'plain' : log.outcome === 'DENIED' ? 'warn' : 'bad'
  const code = log.errorCode
  const ours = code !== null && isGatewayError(code)
  const text = code === null ? (outcomeMeaning(log) ?? '') : callErrorText(code, !ours)
  const explain = limitCodes.has(code ?? '') ? explainAction(log) : null
  return { tone, text, quoted: quoted(log, ours, text), action: actionOf(log, limits, records), explain }
}

/**
 * The gateway's own message says in English what the text and the facts of the log say in the reader's language: other readers see it
 * where it names what no fact of the log does. An upstream's is a quotation.
 */
function quoted(log: RequestLog, ours: boolean, text: string): Cause['quoted'] {
  const code = log.errorCode ?? ''
  if (!log.errorMessage || log.errorMessage === text || isLogCode(code)) return null
  // What the gateway found wrong with a message of a session, which it sends to nobody.
  if (code.startsWith('closed_'))
    return { by: m.logs_noted_by_latchkey(), text: log.errorMessage, lang: 'en' }
  if (!ours) return { by: log.upstream ?? m.upstream(), text: log.errorMessage, lang: null }
  return getLocale() === 'en' || partCodes.has(code)
    ? { by: m.logs_client_was_sent(), text: log.errorMessage, lang: 'en' }
    : null
}

/** A record that has no id here is looked for in its list. */
function actionOf(
  log: RequestLog,
  limits: readonly LabelLimit[],
  { upstreamId, modelId }: NamedRecords,
): ScopedAction | null {
  const code = log.errorCode ?? ''
  if (log.outcome === 'CANCELLED') return similarAction(log)
  if (limitCodes.has(code)) return limitsAction(log, limits)
  if (keyCodes.has(code) && log.apiKey)
    return { text: m.logs_action_key({ name: log.apiKey.name }), href: keyHref(log.apiKey.id) }
  if (code === 'owner_disabled' && log.ownerId)
    return { text: m.logs_action_owner(), href: `/owners/${encodeURIComponent(log.ownerId)}` }
  if (unpricedModel(log) !== null) {
    const href = modelId === null ? '/models' : `/models/${encodeURIComponent(modelId)}?do=price`
    return { text: m.logs_action_price(), href, scope: 'models:write' }
  }
  if (code === 'model_not_found') return { text: m.logs_action_models(), href: '/models' }
  if (log.apiKey === null && log.clientIp)
    return {
      text: m.logs_action_ip({ ip: log.clientIp }),
      href: `/logs?ip=${encodeURIComponent(log.clientIp)}`,
    }
  const upstream = failedUpstream(log)
  if (upstream !== null)
    return {
      text: m.logs_action_upstream({ name: upstream }),
      href: upstreamId === null ? '/upstreams' : `/upstreams/${encodeURIComponent(upstreamId)}`,
    }
  return similarAction(log)
}

function similarAction({ errorCode, outcome }: RequestLog): Action {
  const term =
    errorCode && outcome !== 'CANCELLED'
      ? `error=${encodeURIComponent(errorCode)}`
      : `outcome=${outcome.toLowerCase()}`
  return { text: m.logs_action_similar(), href: `/logs?${term}` }
}

/** Where the rule is changed that denied the call: at the key, its owner, or the keys with the label that shares it. */
function limitsAction(
  { apiKey, denial, ownerId }: RequestLog,
  limits: readonly LabelLimit[],
): ScopedAction | null {
  const raise = denial !== null && countingRules.has(denial.rule)
  const ofOwners = { text: m.logs_action_raise(), scope: 'owners:write' as const }
  if (denial?.of === 'OWNER' && ownerId)
    return { ...ofOwners, href: `/owners/${encodeURIComponent(ownerId)}?tab=limits` }
  if (denial?.of === 'LABEL' && denial.name) return { ...ofOwners, href: labelHref(denial.name, limits) }
  return (
    apiKey && {
      text: raise ? m.logs_action_raise() : m.logs_action_limits(),
      href: `${keyHref(apiKey.id)}?tab=limits`,
      scope: 'keys:write',
    }
  )
}

function explainAction(log: RequestLog): Action | null {
  if (!log.apiKey) return null
  const call = new URLSearchParams({ tab: 'explain', endpoint: log.endpoint })
  if (log.requestedModel) call.set('model', log.requestedModel)
  if (log.clientIp) call.set('ip', log.clientIp)
  return { text: m.logs_action_explain(), href: `${keyHref(log.apiKey.id)}?${call}` }
}

/** Several limits may be of one label: then to all of them. */
function labelHref(label: string, [only, ...others]: readonly LabelLimit[]): string {
  return only && others.length === 0
    ? `/labels/${encodeURIComponent(only.id)}`
    : `/labels?label=${encodeURIComponent(label)}`
}

const keyHref = (id: string) => `/keys/${encodeURIComponent(id)}`

const countingRules: ReadonlySet<string> = new Set(['BUDGET', 'TOKENS', 'REQUESTS', 'CONCURRENCY'])
const limitCodes: ReadonlySet<string> = new Set([
  'address_not_allowed',
  'endpoint_not_allowed',
  'model_not_allowed',
  'budget_exhausted',
  'request_limit_reached',
  'token_limit_reached',
  'request_over_limit',
  'concurrency_limit_reached',
])
const keyCodes: ReadonlySet<string> = new Set([
  'api_key_revoked',
  'api_key_expired',
  'api_key_disabled',
  'api_key_replaced',
])
/** Their messages name a part of the request, its size or an object: the log holds that nowhere else. */
const partCodes: ReadonlySet<string> = new Set([
  'invalid_json',
  'invalid_request',
  'unsupported_media_type',
  'request_too_large',
  'object_not_found',
  'previous_response_not_found',
])
